import { UsageError } from "../exit.ts";

/** Where an agent listens. */
export type ListenAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly hostname: string; readonly port: number };

/** Where an agent listens unless it is told otherwise. */
export const DEFAULT_LISTEN = "unix:/var/run/mesos/berth.sock";

/**
 * Reads where to listen.
 *
 * @param text `unix:/PATH`, `ADDRESS:PORT` or `[ADDRESS]:PORT`; port 0 is any free one.
 * @throws {UsageError} If it is something else.
 */
export function listenAddress(text: string): ListenAddress {
  const path = /^unix:(\/.+)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: "unix", path };
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text) ??
    [];
  const hostname = bracketed ?? plain;
  if (hostname !== undefined && Number(port) <= 65535) {
    return { kind: "tcp", hostname, port: Number(port) };
  }
  throw new UsageError(
    `--listen: "${text}" is no place to listen; write it like 127.0.0.1:9180 or unix:/run/b.sock`,
  );
}

/** Names of this host that no other can have. */
const LOCAL_NAMES = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Gives the names by which an agent without a token may be asked.
 *
 * @param address Where it listens.
 * @returns The names, as a URL has them; undefined for any name at a socket that is a file.
 */
export function localNames(address: ListenAddress): ReadonlySet<string> | undefined {
  return address.kind === "unix" ? undefined : new Set([...LOCAL_NAMES, address.hostname]);
}

/**
 * Tells whether only this host can reach an address.
 *
 * @param address The address.
 */
export function isLocal(address: ListenAddress): boolean {
  return address.kind === "unix" || address.hostname === "localhost" ||
    address.hostname === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address.hostname);
}
