import type { ListenAddress } from "./listen_address.ts";

/** A server that listens. */
export interface RunningServer {
  /** Where it can be reached. */
  readonly url: string;
  /** Takes no more requests, and answers those that are under way. */
  stop(): Promise<void>;
}

/** Only the agent's own user may ask through its socket. */
const SOCKET_MODE = 0o600;

/**
 * Starts to listen.
 *
 * @param address Where.
 * @param handler What answers.
 * @throws {Error} If the address is taken or may not be used.
 */
export async function startServer(
  address: ListenAddress,
  handler: (request: Request) => Promise<Response>,
): Promise<RunningServer> {
  if (address.kind === "tcp") {
    const { hostname, port } = address;
    const server = Deno.serve({ hostname, port, onListen: () => {} }, handler);
    const host = server.addr.hostname.includes(":")
      ? `[${server.addr.hostname}]`
      : server.addr.hostname;
    return { url: `http://${host}:${server.addr.port}`, stop: () => server.shutdown() };
  }
  const { path } = address;
  await removeSocket(path);
  const server = Deno.serve({ path, onListen: () => {} }, handler);
  await Deno.chmod(path, SOCKET_MODE);
  const stop = async () => {
    await server.shutdown();
    await removeSocket(path);
  };
  return { url: `unix:${path}`, stop };
}

/** Removes what an agent before left behind; a file that is no socket stays. */
async function removeSocket(path: string): Promise<void> {
  try {
    if ((await Deno.lstat(path)).isSocket) await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
