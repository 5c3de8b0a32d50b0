/** Parts of the layout whose additions are counted. */
const ADDING = [
  "eth0_ip",
  "eth0_egress",
  "lo_ip",
  "veth_ip",
  "veth_icmp",
  "veth_arp",
  "eth0_icmp",
  "eth0_arp",
] as const;

/** Parts of the layout whose removals are counted. */
const REMOVING = ["eth0_ip", "eth0_egress", "lo_ip", "veth_ip", "eth0_icmp", "eth0_arp"] as const;

/** Parts of the layout that the reference rewrites in place. */
const UPDATING = ["eth0_icmp", "eth0_arp"] as const;

/** Every counter, in the reference's names and order. */
export const COUNTER_NAMES: readonly string[] = [
  ...ADDING.flatMap((part) => endings(`adding_${part}_filters`, ["errors", "already_exist"])),
  ...REMOVING.flatMap((part) => endings(`removing_${part}_filters`, ["errors", "do_not_exist"])),
  ...UPDATING.flatMap((part) =>
    endings(`updating_${part}_filters`, ["errors", "already_exist", "do_not_exist"])
  ),
  "updating_container_ip_filters_errors",
];

function endings(name: string, all: readonly string[]): string[] {
  return all.map((ending) => `${name}_${ending}`);
}

/** What went wrong so far, by the reference's names. */
export class Metrics {
  readonly #counters = new Map<string, number>(COUNTER_NAMES.map((name) => [name, 0]));

  /**
   * Counts one more.
   *
   * @param name Name of the counter; one that the reference does not have is passed over.
   */
  count(name: string): void {
    const value = this.#counters.get(name);
    if (value !== undefined) this.#counters.set(name, value + 1);
  }

  /**
   * Reads all counters.
   *
   * @returns Their values under `port_mapping/<name>`.
   */
  snapshot(): Record<string, number> {
    return Object.fromEntries(
      [...this.#counters].map(([name, value]) => [`port_mapping/${name}`, value]),
    );
  }
}
