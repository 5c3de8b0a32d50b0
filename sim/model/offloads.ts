/**
 * What a link takes over from the protocols (checksums, cutting, joining), feature by feature.
 *
 * @module
 */

/** How a feature stands on a link that nobody has touched: fixed ones cannot be switched. */
type Default = "on" | "off" | "fixed on" | "fixed off";

/**
 * Features under the names that the kernel gives them, in the order of its bits, with what a
 * recorded kernel's veth and loopback have.
 */
const FEATURES: readonly (readonly [name: string, veth: Default, loopback: Default])[] = [
  ["tx-scatter-gather", "on", "fixed on"],
  ["tx-checksum-ipv4", "fixed off", "fixed off"],
  ["tx-checksum-ip-generic", "on", "fixed on"],
  ["tx-checksum-ipv6", "fixed off", "fixed off"],
  ["highdma", "on", "fixed on"],
  ["tx-scatter-gather-fraglist", "on", "fixed on"],
  ["tx-vlan-hw-insert", "on", "fixed off"],
  ["rx-vlan-hw-parse", "on", "fixed off"],
  ["rx-vlan-filter", "fixed off", "fixed off"],
  ["vlan-challenged", "fixed off", "fixed on"],
  ["tx-generic-segmentation", "on", "on"],
  ["rx-gro", "off", "on"],
  ["rx-lro", "fixed off", "fixed off"],
  ["tx-tcp-segmentation", "on", "on"],
  ["tx-gso-robust", "fixed off", "fixed off"],
  ["tx-tcp-ecn-segmentation", "on", "on"],
  ["tx-tcp-mangleid-segmentation", "on", "on"],
  ["tx-tcp6-segmentation", "on", "on"],
  ["tx-fcoe-segmentation", "fixed off", "fixed off"],
  ["tx-gre-segmentation", "on", "fixed off"],
  ["tx-gre-csum-segmentation", "on", "fixed off"],
  ["tx-ipxip4-segmentation", "on", "fixed off"],
  ["tx-ipxip6-segmentation", "on", "fixed off"],
  ["tx-udp_tnl-segmentation", "on", "fixed off"],
  ["tx-udp_tnl-csum-segmentation", "on", "fixed off"],
  ["tx-gso-partial", "fixed off", "fixed off"],
  ["tx-tunnel-remcsum-segmentation", "fixed off", "fixed off"],
  ["tx-sctp-segmentation", "on", "on"],
  ["tx-esp-segmentation", "fixed off", "fixed off"],
  ["tx-udp-segmentation", "on", "on"],
  ["tx-gso-list", "on", "on"],
  ["tx-tcp-accecn-segmentation", "on", "on"],
  ["tx-checksum-fcoe-crc", "fixed off", "fixed off"],
  ["tx-checksum-sctp", "on", "fixed on"],
  ["rx-ntuple-filter", "fixed off", "fixed off"],
  ["rx-hashing", "fixed off", "fixed off"],
  ["rx-checksum", "on", "fixed on"],
  ["tx-nocache-copy", "off", "fixed off"],
  ["loopback", "fixed off", "fixed on"],
  ["rx-fcs", "fixed off", "fixed off"],
  ["rx-all", "fixed off", "fixed off"],
  ["tx-vlan-stag-hw-insert", "on", "fixed off"],
  ["rx-vlan-stag-hw-parse", "on", "fixed off"],
  ["rx-vlan-stag-filter", "fixed off", "fixed off"],
  ["l2-fwd-offload", "fixed off", "fixed off"],
  ["hw-tc-offload", "fixed off", "fixed off"],
  ["esp-hw-offload", "fixed off", "fixed off"],
  ["esp-tx-csum-hw-offload", "fixed off", "fixed off"],
  ["rx-udp_tunnel-port-offload", "fixed off", "fixed off"],
  ["tls-hw-tx-offload", "fixed off", "fixed off"],
  ["tls-hw-rx-offload", "fixed off", "fixed off"],
  ["rx-gro-hw", "fixed off", "fixed off"],
  ["tls-hw-record", "fixed off", "fixed off"],
  ["rx-gro-list", "off", "off"],
  ["macsec-hw-offload", "fixed off", "fixed off"],
  ["rx-udp-gro-forwarding", "off", "off"],
  ["hsr-tag-ins-offload", "fixed off", "fixed off"],
  ["hsr-tag-rm-offload", "fixed off", "fixed off"],
  ["hsr-fwd-offload", "fixed off", "fixed off"],
  ["hsr-dup-offload", "fixed off", "fixed off"],
];

/** Names of all features, in the kernel's order. */
export const FEATURE_NAMES: readonly string[] = FEATURES.map(([name]) => name);

/** Kinds of links whose features are known. */
export type OffloadingKind = "veth" | "loopback";

const SEGMENTATION = [
  "tx-tcp-segmentation",
  "tx-tcp-ecn-segmentation",
  "tx-tcp-mangleid-segmentation",
  "tx-tcp6-segmentation",
];

/** The features of one link. */
export class Offloads {
  readonly #fixed: ReadonlySet<string>;
  readonly #fixedOn: ReadonlySet<string>;
  #wanted: ReadonlySet<string>;

  /** @param kind What the link is. */
  constructor(kind: OffloadingKind) {
    const defaults = FEATURES.map(([name, veth, loopback]) =>
      [name, kind === "veth" ? veth : loopback] as const
    );
    const named = (wanted: (value: Default) => boolean) =>
      new Set(defaults.filter(([, value]) => wanted(value)).map(([name]) => name));
    this.#fixed = named((value) => value.startsWith("fixed"));
    this.#fixedOn = named((value) => value === "fixed on");
    this.#wanted = named((value) => value === "on");
  }

  /** Features that are on now. */
  get active(): ReadonlySet<string> {
    return withoutStranded(this.#fixedOn.union(this.#wanted));
  }

  /** @param name A feature. @returns Whether nobody can switch it. */
  isFixed(name: string): boolean {
    return this.#fixed.has(name);
  }

  /** @param name A feature. @returns Whether it was asked for, be it on or not. */
  isWanted(name: string): boolean {
    return this.#fixed.has(name) ? this.#fixedOn.has(name) : this.#wanted.has(name);
  }

  /** @param changes Whether each feature is to be on; those that are fixed stay as they are. */
  want(changes: ReadonlyMap<string, boolean>): void {
    const wanted = new Set(this.#wanted);
    for (const [name, isOn] of changes) {
      if (this.#fixed.has(name)) continue;
      if (isOn) wanted.add(name);
      else wanted.delete(name);
    }
    this.#wanted = wanted;
  }
}

/** Drops what cannot work without something that is off: `netdev_fix_features` of Linux. */
function withoutStranded(features: ReadonlySet<string>): ReadonlySet<string> {
  const active = new Set(features);
  const drop = (...names: string[]) => names.forEach((name) => active.delete(name));
  if (!active.has("tx-scatter-gather")) drop(...SEGMENTATION, "tx-generic-segmentation");
  if (!active.has("tx-checksum-ip-generic")) {
    drop("tx-tcp-segmentation", "tx-tcp6-segmentation", "tx-udp-segmentation");
  }
  if (!active.has("tx-tcp-segmentation")) drop("tx-tcp-mangleid-segmentation");
  if (!active.has("tx-tcp-segmentation") && !active.has("tx-tcp6-segmentation")) {
    drop("tx-tcp-ecn-segmentation");
  }
  return active;
}
