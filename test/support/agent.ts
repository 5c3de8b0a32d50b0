import { Agent } from "../../src/cli/serve/agent.ts";
import { createHandler } from "../../src/cli/serve/handler.ts";
import { AgentMetrics } from "../../src/cli/serve/metrics.ts";
import type { IsolatorOptions } from "../../src/isolator/options.ts";
import { MeasuredKernel } from "../../src/kernel/measured_kernel.ts";
import { parsePorts } from "../../src/ports/mod.ts";
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
  /** Answers a request, as a server would be asked to. */
  readonly answer: (request: Request) => Promise<Response>;
  /** Gives many containers their networks, as one who knows of them all. */
  isolateAll(containers: readonly { readonly id: string; readonly ports: string }[]): Promise<void>;
}

/**
 * Starts an agent on a simulated host.
 *
 * @param options What differs from the options of most tests.
 * @param token What whoever asks must bring; nothing when left out.
 * @param given The host; one of its own when left out.
 * @param hostNames Names by which the agent may be asked; any when left out.
 * @param maxAgeMs How old what is shown may be, in milliseconds; each time anew when left out.
 */
export async function startTestAgent(
  options: Partial<IsolatorOptions> = {},
  token?: string,
  given?: SimHost,
  hostNames?: ReadonlySet<string>,
  maxAgeMs = 0,
): Promise<TestAgent> {
  const host = given ?? await createSimHost();
  const metrics = new AgentMetrics();
  const kernel = new MeasuredKernel(host.kernel, (run) => metrics.observe(run));
  const { agent } = await Agent.start({
    kernel,
    options: { ...OPTIONS, ...options },
    lock: () => Promise.resolve({ [Symbol.dispose]: () => {} }),
    maxAgeMs,
    onSampleError: () => {},
  });
  const log: string[] = [];
  const handler = createHandler({
    ...{ agent, metrics },
    log: (level, message, fields) => log.push(JSON.stringify({ level, message, ...fields })),
    ...(token === undefined ? {} : { token }),
    ...(hostNames === undefined ? {} : { hostNames }),
  });
  return {
    host,
    log,
    startProcess: () => host.machine.startProcess({ namespace: "new" }).pid,
    answer: handler,
    isolateAll: (containers) =>
      agent.change(async (isolator) => {
        for (const { id, ports } of containers) {
          const { pid } = host.machine.startProcess({ namespace: "new" });
          await isolator.prepare(id, { ports: parsePorts(ports) });
          await isolator.isolate(id, pid);
        }
      }),
    ask: (method, path, init = {}) =>
      handler(new Request(`http://agent${path}`, { ...init, method })),
    [Symbol.dispose]: () => agent[Symbol.dispose](),
  };
}
