import { assertEquals } from "@std/assert";
import { outsideSandbox } from "../../../src/cli/demo/sandbox.ts";
import { describeFrame } from "./describe_frame.ts";
import { type FrameStage, LEFT, runLine } from "./frame_stage.ts";
import { arpQuestion } from "./frames.ts";
import { createHostStage } from "./host_stage.ts";
import { createSimStage } from "./sim_stage.ts";

/** What goes in, and all that comes out. */
export interface FrameCase {
  /** The claim. */
  readonly name: string;
  /** Commands that come first. */
  readonly setUp?: readonly string[];
  /** Frames that the left neighbour puts on its wire. */
  readonly send: readonly Uint8Array[];
  /** How long what comes out may take, in milliseconds; it is there at once when left out. */
  readonly waitMs?: number;
  /** What comes out on the left, in words; nothing when left out. */
  readonly left?: readonly string[];
  /** What comes out on the right, in words; nothing when left out. */
  readonly right?: readonly string[];
  /** What `/proc/net/snmp` counts, group and counter; nothing else. */
  readonly counts: Readonly<Record<string, number>>;
  /** What is then known of the neighbour 10.0.0.3, in the words of `ip neigh`; not asked when left out. */
  readonly neighbour?: string;
}

const KINDS = [
  { kind: "host", create: createHostStage, missing: await outsideSandbox() },
  { kind: "sim", create: createSimStage, missing: undefined },
] as const;

/**
 * Registers something to be shown once for each kernel, each time on a stage of its own.
 *
 * @param title The claim.
 * @param body What shows it.
 */
export function onEachStage(
  title: string,
  body: (stage: FrameStage, test: Deno.TestContext) => Promise<void>,
): void {
  for (const { kind, create, missing } of KINDS) {
    const reason = missing === undefined ? "" : ` (skipped: ${missing})`;
    Deno.test({
      name: `${title}${reason} [${kind}]`,
      ignore: missing !== undefined,
      fn: async (test) => {
        await using stage = await create();
        await body(stage, test);
      },
    });
  }
}

/**
 * Registers cases that follow each other on one stage, once for each kernel.
 *
 * @param title What they are about.
 * @param setUp Commands that come first, each a tool and its arguments.
 * @param cases The cases.
 */
export function framesOnEachStage(
  title: string,
  setUp: readonly string[],
  cases: readonly FrameCase[],
): void {
  onEachStage(title, async (stage, test) => {
    for (const line of setUp) await runLine(stage.kernel, line);
    for (const each of cases) await test.step(each.name, () => play(stage, each));
  });
}

/** A neighbour whose questions tell when everything before them was worked off. */
const MARKER = { address: "10.0.0.254", mac: "02:00:00:00:00:fe" };
const MARKER_ANSWER = `ARP ${LEFT.host} answers ${MARKER.address} alone`;
/** How long the real kernel may take for what it does at once, in milliseconds. */
const AT_ONCE_MS = 3000;

async function play(stage: FrameStage, each: FrameCase): Promise<void> {
  const { left = [], right = [], waitMs } = each;
  for (const line of each.setUp ?? []) await runLine(stage.kernel, line);
  const before = counters(await stage.readSnmp());
  for (const frame of each.send) await stage.left.send(frame);
  const early = waitMs === undefined
    ? []
    : await stage.left.take((frames) => frames.length >= left.length, waitMs);
  await stage.left.send(arpQuestion(MARKER, LEFT.host));
  const rest = await stage.left.take(
    (frames) => frames.map(describeFrame).includes(MARKER_ANSWER),
    AT_ONCE_MS,
  );
  const onRight = await stage.right.take((frames) => frames.length >= right.length, AT_ONCE_MS);
  const after = counters(await stage.readSnmp());
  const counts = Object.fromEntries(
    [...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const)
      .filter(([, change]) => change !== 0),
  );
  assertEquals({
    left: [...early, ...rest].map(describeFrame).filter((line) => line !== MARKER_ANSWER),
    right: onRight.map(describeFrame),
    counts,
  }, { left: [...left], right: [...right], counts: { ...each.counts } });
  if (each.neighbour === undefined) return;
  const known = await runLine(stage.kernel, "ip -n host neigh show 10.0.0.3 dev eth0");
  assertEquals(known.replace("10.0.0.3", "").trim(), each.neighbour);
}

function counters(text: string): Map<string, number> {
  const lines = text.trim().split("\n").map((line) => line.split(" "));
  const pairs: [string, number][] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [names = [], values = []] = [lines[i], lines[i + 1]];
    const group = (names[0] ?? "").replace(":", "");
    names.slice(1).forEach((name, at) => pairs.push([`${group}.${name}`, Number(values[at + 1])]));
  }
  return new Map(pairs);
}
