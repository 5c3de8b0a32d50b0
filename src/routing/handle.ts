/** A qdisc or class handle: major and minor number, each 16 bits. */
export interface Handle {
  /** The qdisc's number. */
  readonly major: number;
  /** The class's number; 0 stands for the qdisc itself. */
  readonly minor: number;
}

/** Handle of the ingress qdisc; fixed in the kernel. */
export const INGRESS = "ffff:";

const HANDLE = /^([0-9a-f]{0,4}):([0-9a-f]{0,4})$/i;

/**
 * Tells whether a text is a handle as `tc` prints it.
 *
 * @param text Any.
 */
export function isHandle(text: string): boolean {
  return HANDLE.test(text);
}

/**
 * Reads a handle as `tc` prints it: `1:`, `1:a`, `ffff:fff1`.
 *
 * @param text Hexadecimal major and minor, joined by a colon; a missing number is 0.
 * @throws {SyntaxError} If it is no handle.
 */
export function parseHandle(text: string): Handle {
  const match = HANDLE.exec(text);
  if (match === null) throw new SyntaxError(`"${text}" is no handle; write it like 1: or 1:a`);
  return { major: hex(match[1]), minor: hex(match[2]) };
}

/**
 * Writes a handle as `tc` prints it.
 *
 * @param handle Major and minor, 0 to 65535 each.
 * @returns `1:` for a qdisc, `1:a` for a class.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatHandle({ major: 1, minor: 10 }), "1:a");
 * ```
 */
export function formatHandle(handle: Handle): string {
  const minor = handle.minor === 0 ? "" : handle.minor.toString(16);
  return `${handle.major.toString(16)}:${minor}`;
}

/** The three parts of a u32 filter's handle, printed as `800:3:801`. */
export interface FilterHandle {
  /** Number of the hash table, 12 bits. */
  readonly table: number;
  /** Bucket in the table, 8 bits. */
  readonly bucket: number;
  /** Number of the filter in the bucket, 12 bits. */
  readonly node: number;
}

/** Highest node number in a bucket; the kernel hands it out again and again once it is reached. */
export const NODE_MAX = 0xfff;

/** The kernel numbers root tables from here on; lower numbers are for whoever makes a table. */
const FIRST_ROOT_TABLE = 0x800;

/**
 * Makes the handle of a filter in the root table of its priority, as it is added.
 *
 * @param node Its number, 1 to 4095.
 */
export function rootHandle(node: number): FilterHandle {
  return { table: 0, bucket: 0, node };
}

/**
 * Tells whether a handle is of the root table of a priority, where every packet begins.
 *
 * @param handle A filter's handle, as wanted or as listed.
 */
export function isRootTable(handle: FilterHandle): boolean {
  return handle.table === 0 || handle.table >= FIRST_ROOT_TABLE;
}

/**
 * Reads a u32 handle as `tc` prints it.
 *
 * @param text `800:` for a table, `800::5` or `800:3:5` for a filter.
 * @throws {SyntaxError} If it is no u32 handle.
 */
export function parseFilterHandle(text: string): FilterHandle {
  const match = /^([0-9a-f]{0,3}):([0-9a-f]{0,2})(?::([0-9a-f]{1,3}))?$/i.exec(text);
  if (match === null) throw new SyntaxError(`"${text}" is no u32 handle; write it like 800::5`);
  return { table: hex(match[1]), bucket: hex(match[2]), node: hex(match[3]) };
}

/**
 * Writes a u32 handle as `tc` prints it.
 *
 * @param handle Its parts; table 0 stands for the root table of whatever priority it is used at.
 */
export function formatFilterHandle(handle: FilterHandle): string {
  const part = (number: number) => (number === 0 ? "" : number.toString(16));
  const node = handle.node === 0 ? "" : `:${handle.node.toString(16)}`;
  return `${part(handle.table)}:${part(handle.bucket)}${node}`;
}

function hex(digits: string | undefined): number {
  return digits === undefined || digits === "" ? 0 : Number.parseInt(digits, 16);
}
