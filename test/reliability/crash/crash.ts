/**
 * Lets the process of every lifecycle operation die right before and right after each of its
 * commands, lets a new one recover, and checks that nothing leaks and that no neighbour loses a
 * packet.
 *
 * ```text
 * deno task crash [--kernel sim|host] [--setting 1-8] [--every N] [--only OPERATION] [--report]
 * ```
 *
 * @module
 */

import { parseArgs } from "node:util";
import { readFigures, writeFigures } from "../report.ts";
import { mayRunOn, startOn } from "../start.ts";
import { type Setting, settingName, SETTINGS } from "../setting.ts";
import { runCrashes } from "./campaign.ts";

const OPTIONS = {
  kernel: { type: "string", default: "sim" },
  setting: { type: "string" },
  every: { type: "string" },
  offset: { type: "string", default: "0" },
  only: { type: "string" },
  report: { type: "boolean", default: false },
} as const;

/** Each how many-th point is tried on a real kernel, where each takes a second or so. */
const EVERY_ON_HOST = 10;

const TITLE = "Crash points";

// deno-lint-ignore no-console
const say = (text: string) => console.log(text);

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const kind = values.kernel === "host" ? "host" : "sim";
  const every = Number(values.every ?? (kind === "host" ? EVERY_ON_HOST : 1));
  const chosen = SETTINGS.filter((_, i) =>
    values.setting === undefined || values.setting === String(i + 1)
  );
  let points = 0;
  let failures = 0;
  for (const setting of chosen) {
    if (!await mayRunOn(kind, setting)) {
      say(`left out, since this kernel has no fq_codel: ${settingName(setting)}`);
      continue;
    }
    const tally = await runCrashes({
      ...{ kind, setting, every, offset: Number(values.offset) },
      ...(values.only === undefined ? {} : { only: values.only }),
    }, say);
    points += tally.points;
    failures += tally.failures.length;
    say(
      `${kind}, ${settingName(setting)}: ${tally.points} crash points, ` +
        `${tally.failures.length} failed; neighbours asked ${tally.asked} times, ` +
        `${tally.lost} never answered`,
    );
    if (values.report) await report(kind, setting, every, tally);
  }
  return points > 0 && failures === 0 ? 0 : 1;
}

/** Replaces the row of one kernel and setting, and keeps the others. */
async function report(
  kind: string,
  setting: Setting,
  every: number,
  { points, failures, asked, lost }: Awaited<ReturnType<typeof runCrashes>>,
): Promise<void> {
  const rows = await readFigures(TITLE);
  const tried = every === 1 ? "all" : `1 in ${every}`;
  rows.set(
    `${kind}: ${settingName(setting)}`,
    `${points} points (${tried}), ${failures.length} leaks or broken neighbours, ` +
      `${lost} of ${asked} datagrams of neighbours lost`,
  );
  const kept = [...rows].filter(([what]) => /^(sim|host): /.test(what)).sort();
  await writeFigures(TITLE, "deno task crash --report", kept);
}

if (import.meta.main) Deno.exit(await startOn(import.meta.filename ?? "", Deno.args, main));
