import { Agent } from "../../src/cli/serve/agent.ts";
import { createHandler } from "../../src/cli/serve/handler.ts";
import { AgentMetrics } from "../../src/cli/serve/metrics.ts";
import type { IsolatorOptions } from "../../src/isolator/options.ts";
import { MeasuredKernel } from "../../src/kernel/measured_kernel.ts";
import { OPTIONS } from "./isolated.ts";
import { createSimHost, type SimHost } from "./sim_host.ts";

/** An agent on a simulated host, asked without a network between. */
export interface TestAgent extends Disposable {
  /** The host. */
  readonly host: SimHost;
  /** Lines of the log so far. */
  readonly log: readonly string[];
  /** Starts a process in a network namespace of its own, and gives its id. */
  startProcess(): number;
  /** Asks. */
  ask(method: string, path: string, init?: RequestInit): Promise<Response>;
}

/**
 * Starts an agent on a simulated host.
 *
 * @param options What differs from the options of most tests.
 * @param token What whoever asks must bring; nothing when left out.
 */
export async function startTestAgent(
  options: Partial<IsolatorOptions> = {},
  token?: string,
): Promise<TestAgent> {
  const host = await createSimHost();
  const metrics = new AgentMetrics();
  const kernel = new MeasuredKernel(host.kernel, (run) => metrics.observe(run));
  const { agent } = await Agent.start({
    kernel,
    options: { ...OPTIONS, ...options },
    lock: () => Promise.resolve({ [Symbol.dispose]: () => {} }),
    maxAgeMs: 0,
    onSampleError: () => {},
  });
  const log: string[] = [];
  const handler = createHandler({
    ...{ agent, metrics },
    log: (level, message, fields) => log.push(JSON.stringify({ level, message, ...fields })),
    ...(token === undefined ? {} : { token }),
  });
  return {
    host,
    log,
    startProcess: () => host.machine.startProcess({ namespace: "new" }).pid,
    ask: (method, path, init = {}) =>
      handler(new Request(`http://agent${path}`, { ...init, method })),
    [Symbol.dispose]: () => agent[Symbol.dispose](),
  };
}
