/**
 * How many packets and new connections a second reach the last of many containers' port ranges, in
 * the hashed and in the linear layout, and through the rules of the CNI plugin portmap. Prints a
 * table, or JSON with `--json`; `--ranges=1,4000` says how many ranges there are, and `--runs=5` of how
 * many runs medians are taken. It makes a sandbox of its own.
 *
 * @module
 */

import { enterSandboxWith } from "../../src/cli/demo/enter_sandbox.ts";
import { prepareMounts } from "../../src/cli/demo/sandbox.ts";
import { remark, table, toJson } from "../../src/cli/print.ts";
import { installPeers } from "./cni.ts";
import { machineLine, median, numberArgument, numbersArgument } from "./figures.ts";
import { connectionsPerSecond, packetsPerSecond } from "./load.ts";
import { type Crowded, crowdedBerth, crowdedCni } from "./crowded.ts";

const INSIDE = "--inside-sandbox";
const COUNTS = numbersArgument("ranges", [1, 100, 1000, 2000, 4000]);
const RUNS = numberArgument("runs", 5);

/** The linear layout has two filters a range, and a table takes 4,095. */
const LINEAR_MAX = 2000;

const WAYS: readonly {
  readonly name: string;
  readonly max: number;
  readonly make: (ranges: number) => Promise<Crowded>;
}[] = [
  { name: "hashed", max: Infinity, make: (ranges) => crowdedBerth("hashed", ranges) },
  { name: "linear", max: LINEAR_MAX, make: (ranges) => crowdedBerth("linear", ranges) },
  { name: "CNI portmap", max: Infinity, make: crowdedCni },
];

/** What one way carries; medians, undefined where it cannot have so many ranges. */
interface Row {
  readonly way: string;
  readonly ranges: number;
  readonly packetsPerSecond: number;
  readonly connectionsPerSecond: number;
}

async function measure(name: string, ranges: number, crowded: Crowded): Promise<Row> {
  const packets: number[] = [];
  const connections: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    packets.push(await packetsPerSecond(crowded));
    connections.push(await connectionsPerSecond(crowded));
  }
  return {
    way: name,
    ranges,
    packetsPerSecond: median(packets),
    connectionsPerSecond: median(connections),
  };
}

function print(rows: readonly Row[], machine: string): string[] {
  if (Deno.args.includes("--json")) return [toJson({ machine, runs: RUNS, rows }, 2)];
  const thousands = (value: number) => Math.round(value).toLocaleString("en");
  return [
    ...table(
      ["WAY", "RANGES", "PACKETS/S", "CONNECTIONS/S"],
      rows.map((row) => [
        row.way,
        thousands(row.ranges),
        thousands(row.packetsPerSecond),
        thousands(row.connectionsPerSecond),
      ]),
    ),
    `UDP packets of 64 bytes; medians of ${RUNS} runs of a second`,
    machine,
  ];
}

async function main(): Promise<void> {
  await installPeers();
  await prepareMounts();
  const rows: Row[] = [];
  // The ways take turns at each count, so that a busy moment of the machine meets them all.
  for (const ranges of COUNTS) {
    for (const { name, max, make } of WAYS) {
      if (ranges > max) continue;
      await using crowded = await make(ranges);
      const row = await measure(name, ranges, crowded);
      rows.push(row);
      remark(`${name}, ${ranges} ranges: ${Math.round(row.packetsPerSecond)} packets/s`);
    }
  }
  // deno-lint-ignore no-console
  for (const line of print(rows, await machineLine())) console.log(line);
}

if (Deno.args.includes(INSIDE)) await main();
else Deno.exit(await enterSandboxWith(import.meta.filename ?? "", [...Deno.args, INSIDE]));
