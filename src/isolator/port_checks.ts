import { type Interval, IntervalSet } from "../ports/mod.ts";
import type { IsolatorOptions } from "./options.ts";

/** Fewest ephemeral ports of a container. */
export const EPHEMERAL_PORTS_MIN = 16;

/** Ports that belong to well-known services. */
const WELL_KNOWN = { begin: 0, end: 1023 };

/**
 * Says what is wrong with the ports that an operator gave, if anything is.
 *
 * @param options The ports.
 * @param localPortRange The ephemeral ports of the host itself.
 * @returns One sentence, or undefined where all is well.
 */
export function badPorts(
  options: Pick<IsolatorOptions, "ports" | "ephemeralPorts" | "ephemeralPortsPerContainer">,
  localPortRange: Interval | undefined,
): string | undefined {
  const { ports, ephemeralPorts, ephemeralPortsPerContainer: size } = options;
  if (ephemeralPorts.isEmpty) {
    return "There are no ephemeral ports; add ephemeral_ports:[begin-end] to resources";
  }
  const shared = ephemeralPorts.intersection(ports);
  if (!shared.isEmpty) {
    return `The ports ${shared} are both ephemeral_ports and ports in resources; ` +
      "take them out of one";
  }
  if (ephemeralPorts.overlaps(WELL_KNOWN)) {
    return `The ephemeral_ports ${ephemeralPorts} overlap the well-known ports 0-1023; ` +
      "begin above them";
  }
  const inHost = localPortRange && ephemeralPorts.intersection(IntervalSet.of(localPortRange));
  if (localPortRange !== undefined && inHost !== undefined && !inHost.isEmpty) {
    return `The ephemeral_ports ${inHost} overlap the host's own ip_local_port_range ` +
      `${localPortRange.begin}-${localPortRange.end}; move one of them`;
  }
  return badSize(size, ephemeralPorts);
}

function badSize(size: number, ephemeralPorts: IntervalSet): string | undefined {
  if (!Number.isInteger(size) || size < EPHEMERAL_PORTS_MIN || (size & (size - 1)) !== 0) {
    return `ephemeral_ports_per_container is ${size}; ` +
      `use a power of two from ${EPHEMERAL_PORTS_MIN} up`;
  }
  const fits = ephemeralPorts.intervals.some(({ begin, end }) =>
    Math.ceil(begin / size) * size + size - 1 <= end
  );
  return fits
    ? undefined
    : `ephemeral_ports_per_container of ${size} does not fit into ${ephemeralPorts}; ` +
      "use a smaller size or more ephemeral_ports";
}
