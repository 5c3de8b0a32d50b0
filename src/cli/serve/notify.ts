import { runTool } from "../../kernel/process.ts";

/** Names the socket at which systemd waits to hear of a service. */
const VARIABLE = "NOTIFY_SOCKET";

/** Time limit of the word to systemd, in milliseconds. */
const TIMEOUT_MS = 5000;

/**
 * Tells systemd how the agent is doing, where systemd started it and wants to know.
 *
 * @param state `READY=1` or `STOPPING=1`.
 */
export async function notifySystemd(state: "READY=1" | "STOPPING=1"): Promise<void> {
  const socket = Deno.env.get(VARIABLE);
  if (socket === undefined) return;
  const options = { stdin: "", timeoutMs: TIMEOUT_MS, env: { [VARIABLE]: socket } };
  await runTool(["systemd-notify", `--pid=${Deno.pid}`, state], options);
}
