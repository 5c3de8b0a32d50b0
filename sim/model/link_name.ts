/** Most bytes of a link's name. */
export const LINK_NAME_BYTES_MAX = 15;

/** The settings of all links and of new ones stand under these names. */
const RESERVED: ReadonlySet<string> = new Set(["all", "default"]);

/**
 * Tells whether the kernel takes a name for a link.
 *
 * @param name The name.
 */
export function isValidLinkName(name: string): boolean {
  const bytes = new TextEncoder().encode(name).length;
  return bytes > 0 && bytes <= LINK_NAME_BYTES_MAX && name !== "." && name !== ".." &&
    !/[/:\s]/.test(name);
}

/**
 * Tells whether a name stands for something else among the settings.
 *
 * @param name The name.
 */
export function isReservedLinkName(name: string): boolean {
  return RESERVED.has(name);
}
