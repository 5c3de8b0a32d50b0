/**
 * Writes the figures that the benches left in `figures/`, as JSON, into tables of `README.md` and
 * charts in `charts/`.
 *
 * @module
 */

import { lineChart } from "./chart.ts";
import { markdownTable, replaceSection, thousands } from "./markdown.ts";

const FOLDER = import.meta.dirname ?? "bench";

/** What `bench:churn` prints. */
interface Churn {
  readonly machine: string;
  readonly rows: readonly {
    readonly way: string;
    readonly containers: number;
    readonly adds: readonly {
      readonly container: number;
      readonly ms: number;
      readonly cpuMs: number;
    }[];
    readonly removeMs: number | null;
    readonly upSeconds: number;
    readonly kernelKilobytesEach: number;
  }[];
}

/** What `bench:steering` prints. */
interface Steering {
  readonly machine: string;
  readonly runs: number;
  readonly rows: readonly {
    readonly way: string;
    readonly ranges: number;
    readonly packetsPerSecond: number;
    readonly connectionsPerSecond: number;
  }[];
}

/** What `bench:move` prints. */
interface Move {
  readonly machine: string;
  readonly row: Readonly<
    Record<
      | "containers"
      | "moveSeconds"
      | "changedFilters"
      | "streamedBytes"
      | "receivedBytes"
      | "pingsSent"
      | "pingsAnswered",
      number
    >
  >;
}

/** What `bench:host` prints. */
interface Host {
  readonly machine: string;
  readonly containers: number;
  readonly rows: readonly {
    readonly name: string;
    readonly medianMs: number;
    readonly slowestMs: number;
    readonly processes: number;
  }[];
}

/** What `deno bench --json` prints, in nanoseconds. */
interface DenoBench {
  readonly cpu: string;
  readonly runtime: string;
  readonly benches: readonly {
    readonly name: string;
    readonly results: readonly { readonly ok?: { readonly min: number; readonly avg: number } }[];
  }[];
}

/** Reads what a bench left; nothing where it has not been run. */
async function figures<T>(name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(`${FOLDER}/figures/${name}.json`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function hostSection({ machine, containers, rows }: Host): string[] {
  return [
    "### One isolate",
    "",
    ...markdownTable(
      ["Isolate", "Median", "Slowest", "Processes"],
      rows.map(({ name, medianMs, slowestMs, processes }) => [
        name,
        `${medianMs.toFixed(1)} ms`,
        `${slowestMs.toFixed(1)} ms`,
        thousands(processes),
      ]),
    ),
    "",
    `Of ${containers} containers each. ${machine}.`,
    "",
  ];
}

function simSection({ cpu, runtime, benches }: DenoBench): string[] {
  const ms = (ns: number | undefined) => `${((ns ?? NaN) / 1e6).toFixed(2)} ms`;
  return [
    "### Rules in the simulator",
    "",
    ...markdownTable(
      ["What", "Mean", "Fastest"],
      benches.map(({ name, results }) => [name, ms(results[0]?.ok?.avg), ms(results[0]?.ok?.min)]),
    ),
    "",
    `${cpu}, ${runtime}.`,
    "",
  ];
}

function churnSection({ machine, rows }: Churn): string[] {
  return [
    "### Coming and going",
    "",
    ...markdownTable(
      ["Way", "Container", "Add", "of CPUs", "Remove", "All up", "Kernel memory each"],
      rows.flatMap(({ way, containers, adds, removeMs, upSeconds, kernelKilobytesEach }) =>
        adds.map(({ container, ms, cpuMs }) => [
          way,
          thousands(container),
          `${thousands(ms)} ms`,
          `${thousands(cpuMs)} ms`,
          ...(container < containers ? ["", "", ""] : [
            removeMs === null ? "" : `${thousands(removeMs)} ms`,
            `${upSeconds.toFixed(1)} s`,
            `${kernelKilobytesEach.toFixed(0)} KB`,
          ]),
        ])
      ),
    ),
    "",
    `Medians of nine calls; "of CPUs" is the time that processors spent on one, which hardly depends`,
    `on what else the machine does. ${machine}.`,
    "",
    "![Time to give a container its network](charts/churn.svg)",
    "",
  ];
}

function steeringSection({ machine, runs, rows }: Steering): string[] {
  return [
    "### Steering",
    "",
    ...markdownTable(
      ["Way", "Ranges", "Packets/s", "New connections/s"],
      rows.map(({ way, ranges, packetsPerSecond, connectionsPerSecond }) => [
        way,
        ...[ranges, packetsPerSecond, connectionsPerSecond].map(thousands),
      ]),
    ),
    "",
    `UDP packets of 64 bytes; medians of ${runs} runs of a second. ${machine}.`,
    "",
    "![Packets a second to the last of many ranges](charts/packets.svg)",
    "",
    "![Connections a second to the last of many ranges](charts/connections.svg)",
    "",
  ];
}

function moveSection({ machine, row }: Move): string[] {
  return [
    "### Moving a host from the linear layout to the hashed one",
    "",
    ...markdownTable(
      ["Containers", "Moved in", "Filters changed", "Stream received", "Pings answered"],
      [[
        thousands(row.containers),
        `${row.moveSeconds.toFixed(1)} s`,
        thousands(row.changedFilters),
        `${thousands(row.receivedBytes)} of ${thousands(row.streamedBytes)} bytes`,
        `${row.pingsAnswered} of ${row.pingsSent}`,
      ]],
    ),
    "",
    `${machine}.`,
    "",
  ];
}

/** Writes a chart. */
async function draw(name: string, svg: string): Promise<void> {
  await Deno.writeTextFile(`${FOLDER}/charts/${name}.svg`, `${svg}\n`);
}

async function drawChurn({ rows }: Churn): Promise<void> {
  const svg = lineChart(
    "Time to give a container its network",
    {
      x: { name: "containers on the host", isLogarithmic: true },
      y: { name: "milliseconds", isLogarithmic: true },
    },
    rows.map(({ way, adds }) => ({
      name: way,
      points: adds.map(({ container, ms }) => [container, ms] as const),
    })),
  );
  await draw("churn", svg);
}

async function drawSteering({ rows }: Steering): Promise<void> {
  const ways = [...new Set(rows.map(({ way }) => way))];
  for (
    const [name, what] of [["packets", "Packets"], ["connections", "New connections"]] as const
  ) {
    const svg = lineChart(
      `${what} a second to the last of many port ranges`,
      { x: { name: "port ranges on the host" }, y: { name: `${what.toLowerCase()} a second` } },
      ways.map((way) => ({
        name: way,
        points: rows.filter((row) => row.way === way)
          .map((row) => [row.ranges, row[`${name}PerSecond`]] as const),
      })),
    );
    await draw(name, svg);
  }
}

const host = await figures<Host>("host");
const churn = await figures<Churn>("churn");
const together = await figures<Churn>("together");
const steering = await figures<Steering>("steering");
const move = await figures<Move>("move");
const u32 = await figures<DenoBench>("u32");
if (churn !== undefined) await drawChurn(churn);
if (steering !== undefined) await drawSteering(steering);
const sections = [
  host && hostSection(host),
  churn && churnSection({ ...churn, rows: [...churn.rows, ...together?.rows ?? []] }),
  steering && steeringSection(steering),
  move && moveSection(move),
  u32 && simSection(u32),
];
const body = sections.flatMap((lines) => lines ?? []).join("\n");
const readme = `${FOLDER}/README.md`;
await Deno.writeTextFile(
  readme,
  replaceSection(await Deno.readTextFile(readme), "Latest figures", body),
);
