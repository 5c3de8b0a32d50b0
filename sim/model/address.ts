import type { Ipv4 } from "./ipv4.ts";

/** How far an address or a route is meant to reach. */
export type Scope = "global" | "site" | "link" | "host" | "nowhere";

/** Numbers of scopes as the kernel orders them: the smaller, the farther. */
export const SCOPE_ORDER: Readonly<Record<Scope, number>> = {
  global: 0,
  site: 200,
  link: 253,
  host: 254,
  nowhere: 255,
};

/** An IPv4 address on a link. */
export interface InetAddress {
  /** The address itself. */
  readonly local: Ipv4;
  /** The other end of a point-to-point link; the same as `local` elsewhere. */
  readonly peer: Ipv4;
  /** Bits of the network prefix, 0 to 32. */
  readonly prefixLength: number;
  /** Broadcast address of the network; undefined where none was asked for. */
  readonly broadcast: Ipv4 | undefined;
  readonly scope: Scope;
  /** The label, as old tools knew it: the link's name, perhaps with `:` and more behind it. */
  readonly label: string;
  /** Whether another address of the same network was there first. */
  readonly isSecondary: boolean;
  /** Whether the kernel was asked to add no route to its network. */
  readonly noPrefixRoute: boolean;
}

/** An IPv6 address on a link. */
export interface Inet6Address {
  /** The address itself, as 128 bits. */
  readonly local: bigint;
  /** Bits of the network prefix, 0 to 128. */
  readonly prefixLength: number;
  readonly scope: Scope;
  /** Until when duplicate-address detection runs, in nanoseconds of the machine's clock. */
  readonly tentativeUntilNs: number;
  /** Whether the kernel made it by itself from the link's MAC. */
  readonly isGenerated: boolean;
}
