/**
 * What cases about single frames stand on: a host between two wires, and somebody at the far end of
 * each who puts any frame on it and sees what comes back. The same commands make it on a real
 * kernel and on a simulated one.
 *
 * @module
 */

import type { KernelNetwork } from "../../../src/kernel/kernel_network.ts";

/** The far end of a wire. */
export interface FramePort extends AsyncDisposable {
  /**
   * Puts a frame on the wire.
   *
   * @param frame The frame from its Ethernet header on.
   */
  send(frame: Uint8Array): Promise<void>;
  /**
   * Takes the frames that have come since it was last asked.
   *
   * @param isEnough Tells whether all have come that are waited for.
   * @param timeoutMs How long to wait for them, in milliseconds of the kernel's clock.
   */
  take(
    isEnough: (frames: readonly Uint8Array[]) => boolean,
    timeoutMs: number,
  ): Promise<Uint8Array[]>;
}

/** A host between two wires. */
export interface FrameStage extends AsyncDisposable {
  /** Which kernel it stands on, for test titles. */
  readonly kind: "host" | "sim";
  /** The kernel; the host's namespace is called {@linkcode HOST_NAMESPACE}. */
  readonly kernel: KernelNetwork;
  /** The far end of the wire of `eth0`. */
  readonly left: FramePort;
  /** The far end of the wire of `eth1`. */
  readonly right: FramePort;
  /** Reads the host's `/proc/net/snmp`. */
  readSnmp(): Promise<string>;
}

/** Name of the namespace of the host. */
export const HOST_NAMESPACE = "host";

/** Names of the namespaces of the far ends. */
export const FAR_NAMESPACES = ["left", "right"] as const;

/** Address of the host on `eth0`, and of its neighbour there. */
export const LEFT = { host: "10.0.0.2", neighbour: "10.0.0.1" } as const;
/** Address of the host on `eth1`, and of its neighbour there. */
export const RIGHT = { host: "10.0.1.2", neighbour: "10.0.1.1" } as const;

/** MAC addresses on the wire of `eth0`. */
export const LEFT_MAC = { host: "02:00:00:00:00:02", neighbour: "02:00:00:00:00:01" } as const;
/** MAC addresses on the wire of `eth1`. */
export const RIGHT_MAC = { host: "02:00:00:00:01:02", neighbour: "02:00:00:00:01:01" } as const;

/** What makes a host with two wires; each line is a tool and its arguments. */
export const STAGE_SETUP: readonly string[] = [
  ...[HOST_NAMESPACE, ...FAR_NAMESPACES].map((name) => `ip netns add ${name}`),
  ...[HOST_NAMESPACE, ...FAR_NAMESPACES].map((name) =>
    `ip netns exec ${name} sysctl -qw net.ipv6.conf.default.disable_ipv6=1`
  ),
  `ip -n host link add eth0 address ${LEFT_MAC.host} type veth peer name wire netns left`,
  `ip -n host link add eth1 address ${RIGHT_MAC.host} type veth peer name wire netns right`,
  ...FAR_NAMESPACES.map((name) => `ip -n ${name} link set wire up`),
  ...["lo", "eth0", "eth1"].map((link) => `ip -n host link set ${link} up`),
  `ip -n host addr add ${LEFT.host}/24 dev eth0`,
  `ip -n host addr add ${RIGHT.host}/24 dev eth1`,
  `ip -n host neigh add ${LEFT.neighbour} lladdr ${LEFT_MAC.neighbour} dev eth0`,
  `ip -n host neigh add ${RIGHT.neighbour} lladdr ${RIGHT_MAC.neighbour} dev eth1`,
];

/**
 * Runs a line of set-up.
 *
 * @param kernel Where.
 * @param line A tool and its arguments, words apart by single spaces.
 * @returns What the tool printed.
 * @throws {Error} If it fails.
 */
export async function runLine(kernel: KernelNetwork, line: string): Promise<string> {
  const exec = /^ip netns exec (\S+) (.*)$/.exec(line);
  const [tool = "", ...args] = (exec?.[2] ?? line).split(" ");
  if (tool !== "ip" && tool !== "tc" && tool !== "sysctl") throw new Error(`no tool: ${line}`);
  const namespace = exec?.[1];
  const { status, stdout, stderr } = await kernel.execute({
    ...{ tool, args, effect: "change" },
    ...(namespace === undefined ? {} : { namespace }),
  });
  if (status !== 0) throw new Error(`"${line}" failed: ${stderr}`);
  return stdout;
}
