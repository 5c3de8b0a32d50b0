import type { Command } from "commander";
import { HostKernel } from "../../kernel/host_kernel.ts";
import { withIsolatorOptions } from "../command_options.ts";
import { UsageError } from "../exit.ts";
import { lockAgent, lockHost } from "../lock.ts";
import { remark } from "../print.ts";
import { Agent } from "../serve/agent.ts";
import { createHandler } from "../serve/handler.ts";
import { DEFAULT_LISTEN, isLocal, listenAddress, localNames } from "../serve/listen_address.ts";
import { jsonLog, type Log } from "../serve/log.ts";
import { AgentMetrics } from "../serve/metrics.ts";
import { notifySystemd } from "../serve/notify.ts";
import { startServer } from "../serve/server.ts";
import { isolatorOptions, type SessionOptions } from "../session.ts";

/** How old what an agent shows may be, in milliseconds: a scrape costs processes. */
const MAX_AGE_MS = 1000;

/** Signals that end an agent. */
const ENDING: readonly Deno.Signal[] = ["SIGINT", "SIGTERM"];

interface ServeOptions extends SessionOptions {
  readonly listen: string;
  readonly tokenFile?: string;
}

/**
 * Adds `berth serve`.
 *
 * @param program The program.
 */
export function addServe(program: Command): void {
  const command = program.command("serve")
    .description("keep running: metrics, containers and their lifecycle over HTTP")
    .option("--listen <address>", "unix:/PATH or ADDRESS:PORT", DEFAULT_LISTEN)
    .option("--token-file <file>", "token that whoever asks must bring; a must beyond this host")
    .action((options: ServeOptions) => serve(options));
  withIsolatorOptions(command);
}

async function serve(given: ServeOptions): Promise<void> {
  const address = listenAddress(given.listen);
  const token = given.tokenFile === undefined ? undefined : readToken(given.tokenFile);
  if (token === undefined && !isLocal(address)) {
    throw new UsageError(`--listen: others can reach ${given.listen}; give a --token-file too`);
  }
  const options = isolatorOptions(given);
  const log = jsonLog(remark);
  const metrics = new AgentMetrics();
  const kernel = new HostKernel({ onRun: (run) => metrics.observe(run) });
  using _only = await lockAgent();
  const { agent, report } = await Agent.start({
    ...{ kernel, options, lock: () => lockHost(), maxAgeMs: MAX_AGE_MS },
    onSampleError: (error) => log("warning", "no sample of rates", { error: String(error) }),
  });
  using _agent = agent;
  for (const warning of agent.isolator.host.warnings) log("warning", warning);
  log("info", "recovered", { ...report });
  const hostNames = localNames(address);
  const guard = token !== undefined ? { token } : hostNames === undefined ? {} : { hostNames };
  const parts = { agent, metrics, log, ...guard };
  const server = await startServer(address, createHandler(parts));
  log("info", "listening", { url: server.url });
  await notifySystemd("READY=1");
  await ending(log);
  await notifySystemd("STOPPING=1");
  await server.stop();
  log("info", "stopped");
}

function readToken(path: string): string {
  let token: string;
  try {
    token = Deno.readTextFileSync(path).trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--token-file: ${path} cannot be read: ${reason}`, { cause: error });
  }
  if (token !== "") return token;
  throw new UsageError(`--token-file: ${path} is empty; write a token into it`);
}

/** Waits for a signal that ends the agent. */
async function ending(log: Log): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<Deno.Signal>();
  const handlers = ENDING.map((signal) => ({ signal, handler: () => resolve(signal) }));
  for (const { signal, handler } of handlers) Deno.addSignalListener(signal, handler);
  log("info", "stopping", { signal: await promise });
  for (const { signal, handler } of handlers) Deno.removeSignalListener(signal, handler);
}
