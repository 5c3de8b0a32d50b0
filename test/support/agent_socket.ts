/** Where `berth serve` listens unless it is told otherwise. */
export const AGENT_SOCKET = "/run/mesos/berth.sock";

/** How an agent answered. */
export interface AgentAnswer {
  /** Status of HTTP. */
  readonly status: number;
  /** The body, read as JSON; undefined where there is none. */
  readonly body: unknown;
}

/**
 * Asks the host's agent through its socket, as an operator would with curl.
 *
 * @param method The method.
 * @param path The path.
 * @param body What to send, as JSON; nothing when left out.
 */
export async function askAgent(
  method: string,
  path: string,
  body?: unknown,
): Promise<AgentAnswer> {
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path: AGENT_SOCKET } });
  try {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`http://berth${path}`, { client, method, ...sent });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  } finally {
    client.close();
  }
}

/** Tells whether the host's agent listens. */
export async function isAgentListening(): Promise<boolean> {
  try {
    return (await Deno.lstat(AGENT_SOCKET)).isSocket === true;
  } catch {
    return false;
  }
}
