import { type Interval, IntervalSet } from "../ports/mod.ts";

/** A container's share of the host's network, as far as the kernel holds it. */
export interface Container {
  /** Its id; undefined where nothing that the kernel holds names it. */
  readonly id?: string;
  /** The process whose network namespace it is. */
  readonly pid: number;
  /** Its ports that it was asked to have; may change. */
  readonly ports: IntervalSet;
  /** Its ephemeral ports; undefined where it was never isolated to the end. */
  readonly ephemeralPorts?: Interval;
  /** Its flow on the host's way out, where flows are unique. */
  readonly flow?: number;
}

/**
 * Joins a container's ports, those that it asked for and its ephemeral ones.
 *
 * @param container The container.
 */
export function allPorts(container: Pick<Container, "ports" | "ephemeralPorts">): IntervalSet {
  const { ports, ephemeralPorts } = container;
  return ephemeralPorts === undefined ? ports : ports.union(IntervalSet.of(ephemeralPorts));
}

/** Longest container id: it is a file name, and a part of a link's alias. */
const ID_MAX_LENGTH = 128;

/**
 * Checks a container id.
 *
 * @param id The id.
 * @returns The same id.
 * @throws {SyntaxError} If it could not stand as a file name and as one word of a command.
 */
export function containerId(id: string): string {
  if (id.length > ID_MAX_LENGTH || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) {
    const shown = id.length > 40 ? `${id.slice(0, 40)}…` : id;
    throw new SyntaxError(
      `${JSON.stringify(shown)} is no container id; use 1 to ${ID_MAX_LENGTH} letters, digits, ` +
        `".", "_" and "-", beginning with a letter or a digit`,
    );
  }
  return id;
}

/**
 * Names the host's end of a container's veth pair.
 *
 * @param prefix What all such names begin with.
 * @param pid The container's process.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(vethName("mesos", 4711), "mesos4711");
 * ```
 */
export function vethName(prefix: string, pid: number): string {
  return `${prefix}${pid}`;
}

/**
 * Reads the process id out of a veth name; no process of Linux has more than seven digits.
 *
 * @param prefix What all such names begin with.
 * @param name Name of a link.
 * @returns The process id, or undefined where the name is none of ours.
 */
export function pidOfVeth(prefix: string, name: string): number | undefined {
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  return /^[1-9]\d{0,6}$/.test(digits) ? Number(digits) : undefined;
}
