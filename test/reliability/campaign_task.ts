import { parseArgs } from "node:util";
import { readFigures, writeFigures } from "./report.ts";
import { mayRunOn, startOn } from "./start.ts";
import { settingName, SETTINGS } from "./setting.ts";
import { runTrial, type Tally, type Trial } from "./campaign.ts";

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

/** A campaign of trials, and how it is told of. */
export interface CampaignSpec<Point> {
  /** Heading of its figures. */
  readonly title: string;
  /** Name of its task. */
  readonly task: string;
  /** What its points are called. */
  readonly points: string;
  /** What is done at each. */
  readonly trial: Trial<Point>;
}

/**
 * Runs a campaign as a task.
 *
 * @param module Path of the task's module.
 * @param spec The campaign.
 * @returns Its exit status.
 */
export function runCampaign<Point>(module: string, spec: CampaignSpec<Point>): Promise<number> {
  return startOn(module, Deno.args, (args) => main(args, spec));
}

// deno-lint-ignore no-console
const say = (text: string) => console.log(text);

async function main<Point>(
  args: readonly string[],
  spec: CampaignSpec<Point>,
): Promise<number> {
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
    const tally = await runTrial(
      {
        ...{ kind, setting, every, offset: Number(values.offset) },
        ...(values.only === undefined ? {} : { only: values.only }),
      },
      spec.trial,
      say,
    );
    points += tally.points;
    failures += tally.failures.length;
    say(
      `${kind}, ${settingName(setting)}: ${tally.points} ${spec.points}, ` +
        `${tally.failures.length} failed; neighbours asked ${tally.asked} times, ` +
        `${tally.lost} never answered`,
    );
    if (values.report) await report(spec, `${kind}: ${settingName(setting)}`, every, tally);
  }
  return points > 0 && failures === 0 ? 0 : 1;
}

/** Replaces the row of one kernel and setting, and keeps the others. */
async function report<Point>(
  { title, task }: CampaignSpec<Point>,
  what: string,
  every: number,
  { points, failures, asked, lost }: Tally,
): Promise<void> {
  const rows = await readFigures(title);
  const tried = every === 1 ? "all" : `1 in ${every}`;
  rows.set(
    what,
    `${points} points (${tried}), ${failures.length} leaks or broken neighbours, ` +
      `${lost} of ${asked} datagrams of neighbours lost`,
  );
  const kept = [...rows].filter(([what]) => /^(sim|host): /.test(what)).sort();
  await writeFigures(title, `deno task ${task} --report`, kept);
}
