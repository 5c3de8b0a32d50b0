/**
 * How an agent holds out: 200 requests a second over loopback for a minute, on a simulated host
 * with 100 containers; beside it, in the same run, a server that answers with the same text from
 * memory. Each is a process of its own, whose memory is looked at. Prints a table, or JSON with
 * `--json`; `--seconds=N` shortens it.
 *
 * @module
 */

import { table, toJson } from "../../src/cli/print.ts";
import { Agent } from "../../src/cli/serve/agent.ts";
import { createHandler } from "../../src/cli/serve/handler.ts";
import { AgentMetrics } from "../../src/cli/serve/metrics.ts";
import { startServer } from "../../src/cli/serve/server.ts";
import { DEFAULT_OPTIONS } from "../../src/isolator/options.ts";
import { HostKernel } from "../../src/kernel/host_kernel.ts";
import { MeasuredKernel } from "../../src/kernel/measured_kernel.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { createSimHost } from "../../test/support/sim_host.ts";

const REQUESTS_PER_SECOND = 200;
const CONTAINERS = 100;
const SECONDS = Number(
  Deno.args.find((arg) => arg.startsWith("--seconds="))?.slice("--seconds=".length) ?? 60,
);

const OPTIONS = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts("31000-32000"),
  ephemeralPorts: parsePorts("61440-65535"),
  ephemeralPortsPerContainer: 16,
  egress: { ...DEFAULT_OPTIONS.egress, rateLimitPerContainer: 1_000_000 },
};

interface Load {
  readonly name: string;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly errors: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
  readonly memoryBeginMb: number;
  readonly memoryEndMb: number;
}

/** A server in a process of its own. */
interface Peer extends AsyncDisposable {
  readonly url: string;
  /** How much memory it holds, in millions of bytes. */
  memoryMb(): Promise<number>;
}

/** Starts this program again as a server, which says on its first line where it listens. */
async function startPeer(role: string, stdin: string): Promise<Peer> {
  const args = ["run", "--quiet", "--no-prompt", "--allow-net=127.0.0.1", "--allow-read"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, "--allow-env", import.meta.filename ?? "", role],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(stdin));
  await input.close();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: url = "" } = await output.read();
  return {
    url: url.trim(),
    memoryMb: async () => {
      const status = await new HostKernel().readFile(`/proc/${child.pid}/status`);
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024 / 1e6;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await output.cancel();
      await child.status;
    },
  };
}

/** Asks at a steady rate, whether answers come or not. */
async function load(name: string, peer: Peer, paths: readonly string[]): Promise<Load> {
  const latencies: number[] = [];
  let errors = 0;
  const ask = async (path: string) => {
    const begin = performance.now();
    try {
      const answer = await fetch(peer.url + path);
      await answer.text();
      if (!answer.ok) errors++;
    } catch {
      errors++;
    }
    latencies.push(performance.now() - begin);
  };
  for (const path of paths) await ask(path);
  const memoryBeginMb = await peer.memoryMb();
  const begin = performance.now();
  const asked: Promise<void>[] = [];
  for (let i = 0; i < REQUESTS_PER_SECOND * SECONDS; i++) {
    const waitMs = begin + i * 1000 / REQUESTS_PER_SECOND - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    asked.push(ask(paths[i % paths.length] ?? "/"));
  }
  await Promise.all(asked);
  const requestsPerSecond = asked.length / (performance.now() - begin) * 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? NaN;
  return {
    ...{ name, requests: latencies.length, requestsPerSecond, errors },
    ...{ medianMs: at(0.5), p99Ms: at(0.99), slowestMs: at(1) },
    ...{ memoryBeginMb, memoryEndMb: await peer.memoryMb() },
  };
}

async function agentHandler(): Promise<(request: Request) => Promise<Response>> {
  const host = await createSimHost(undefined, false);
  const metrics = new AgentMetrics();
  const kernel = new MeasuredKernel(host.kernel, (run) => metrics.observe(run));
  const lock = () => Promise.resolve({ [Symbol.dispose]: () => {} });
  const parts = { kernel, options: OPTIONS, lock, maxAgeMs: 1000, onSampleError: () => {} };
  const { agent } = await Agent.start(parts);
  for (let i = 0; i < CONTAINERS; i++) {
    const { pid } = host.machine.startProcess({ namespace: "new" });
    await agent.isolator.prepare(`c${i}`, { ports: parsePorts(String(31000 + i)) });
    await agent.isolator.isolate(`c${i}`, pid);
  }
  return createHandler({ agent, metrics, log: () => {} });
}

const PATHS = ["/metrics", "/containers", "/containers/c7/usage", "/healthz", "/containers/c99"];

/** Serves until it is killed. */
async function serve(handler: (request: Request) => Promise<Response>): Promise<void> {
  const server = await startServer({ kind: "tcp", hostname: "127.0.0.1", port: 0 }, handler);
  Deno.stdout.writeSync(new TextEncoder().encode(`${server.url}\n`));
}

async function main(): Promise<void> {
  const rows: Load[] = [];
  let text: string;
  {
    await using agent = await startPeer("--agent", "");
    rows.push(await load("agent", agent, PATHS));
    text = await (await fetch(`${agent.url}/metrics`)).text();
  }
  await using memory = await startPeer("--memory", text);
  rows.push(await load("text from memory", memory, PATHS));
  const lines = Deno.args.includes("--json") ? [toJson(rows, 2)] : table(
    ["SERVER", "REQUESTS", "A SECOND", "ERRORS", "MEDIAN MS", "P99 MS", "SLOWEST MS", "MB BEFORE"]
      .concat("MB AFTER"),
    rows.map((row) => [
      ...[row.name, String(row.requests), row.requestsPerSecond.toFixed(0), String(row.errors)],
      ...[row.medianMs, row.p99Ms, row.slowestMs].map((ms) => ms.toFixed(1)),
      ...[row.memoryBeginMb, row.memoryEndMb].map((mb) => mb.toFixed(0)),
    ]),
  );
  // deno-lint-ignore no-console
  for (const line of lines) console.log(line);
}

if (Deno.args.includes("--agent")) await serve(await agentHandler());
else if (Deno.args.includes("--memory")) {
  const text = await new Response(Deno.stdin.readable).text();
  await serve(() => Promise.resolve(new Response(text)));
} else await main();
