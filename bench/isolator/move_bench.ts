/**
 * Moves a host full of running containers from the linear layout to the hashed one, while a TCP
 * stream comes to the first of them and the last pings outside. Prints a table, or JSON with
 * `--json`, and fails if anything is lost. `--containers=N` says how many there are. It makes a
 * sandbox of its own.
 *
 * @module
 */

import { enterSandboxWith } from "../../src/cli/demo/enter_sandbox.ts";
import { createHostWorld } from "../../src/cli/demo/host_world.ts";
import { prepareMounts } from "../../src/cli/demo/sandbox.ts";
import { type ContainerStation, HOST_ADDRESS, OUTSIDE_ADDRESS } from "../../src/cli/demo/world.ts";
import { table, toJson } from "../../src/cli/print.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { DEFAULT_OPTIONS } from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { machineLine, numberArgument } from "./figures.ts";
import { startProcesses } from "./processes.ts";

const INSIDE = "--inside-sandbox";
const CONTAINERS = numberArgument("containers", 200);
const FIRST_PORT = 20_000;
const PORTS_EACH = 8;
const STREAM_BYTES = 10_000_000;
const PINGS = 10;

/** What each receives is limited, so that a stream lasts. */
const OPTIONS = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts("20000-31999"),
  ephemeralPorts: parsePorts("1024-17407"),
  ephemeralPortsPerContainer: 16,
  ingress: { ...DEFAULT_OPTIONS.ingress, rateLimitPerContainer: 2_000_000 },
  leafQdisc: "pfifo" as const,
};

/** What went through while the host moved. */
interface Row {
  readonly containers: number;
  readonly moveSeconds: number;
  readonly changedFilters: number;
  readonly streamedBytes: number;
  readonly receivedBytes: number;
  readonly pingsSent: number;
  readonly pingsAnswered: number;
}

async function measure(): Promise<Row> {
  const world = await createHostWorld();
  const [first, last] = [await world.startContainer(), await world.startContainer()];
  const others = await startProcesses(world.kernel, CONTAINERS - 2);
  const before = await Isolator.create({ ...OPTIONS, filterLayout: "linear" }, world.kernel);
  const pids = [first, ...others, last].map(({ pid }) => pid);
  await Promise.all(pids.map(async (pid, i) => {
    const begin = FIRST_PORT + PORTS_EACH * i;
    await before.prepare(`c${i}`, { ports: parsePorts(`${begin}-${begin + PORTS_EACH - 1}`) });
    await before.isolate(`c${i}`, pid);
  }));
  const counts = { streamedBytes: 0, receivedBytes: 0, pingsSent: 0, pingsAnswered: 0 };
  let isMoved = false;
  const streaming = async () => {
    do {
      const to = { to: first, address: HOST_ADDRESS, port: FIRST_PORT, bytes: STREAM_BYTES };
      counts.streamedBytes += STREAM_BYTES;
      counts.receivedBytes += (await world.outside.transfer(to)).receivedBytes;
    } while (!isMoved);
  };
  const pinging = async (from: ContainerStation) => {
    do {
      counts.pingsSent += PINGS;
      counts.pingsAnswered += (await from.ping(OUTSIDE_ADDRESS, PINGS)).answered;
    } while (!isMoved);
  };
  const moving = async () => {
    const begin = performance.now();
    try {
      const after = await Isolator.create({ ...OPTIONS, filterLayout: "hashed" }, world.kernel);
      const { recovered, mendedFilters, problems } = await after.recover();
      if (recovered.length !== CONTAINERS || problems.length > 0) {
        throw new Error(`${recovered.length} containers recovered; ${problems.join("; ")}`);
      }
      return { seconds: (performance.now() - begin) / 1000, changed: mendedFilters };
    } finally {
      isMoved = true;
    }
  };
  const [move] = await Promise.all([moving(), streaming(), pinging(last)]);
  for (const process of others) process.kill("SIGKILL");
  await Promise.all([first.kill(), last.kill()]);
  return {
    containers: CONTAINERS,
    moveSeconds: move.seconds,
    changedFilters: move.changed,
    ...counts,
  };
}

async function main(): Promise<void> {
  await prepareMounts();
  const row = await measure();
  const machine = await machineLine();
  const lines = Deno.args.includes("--json") ? [toJson({ machine, row }, 2)] : [
    ...table(["CONTAINERS", "MOVED IN", "FILTERS", "STREAM RECEIVED", "PINGS ANSWERED"], [[
      String(row.containers),
      `${row.moveSeconds.toFixed(1)} s`,
      String(row.changedFilters),
      `${row.receivedBytes} of ${row.streamedBytes} bytes`,
      `${row.pingsAnswered} of ${row.pingsSent}`,
    ]]),
    machine,
  ];
  // deno-lint-ignore no-console
  for (const line of lines) console.log(line);
  const isLost = row.receivedBytes < row.streamedBytes || row.pingsAnswered < row.pingsSent;
  Deno.exit(isLost ? 1 : 0);
}

if (Deno.args.includes(INSIDE)) await main();
else Deno.exit(await enterSandboxWith(import.meta.filename ?? "", [...Deno.args, INSIDE]));
