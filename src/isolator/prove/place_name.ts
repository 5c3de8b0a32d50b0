import type { Place } from "./steering.ts";

/**
 * Names a link at which packets meet filters.
 *
 * @param place The link.
 * @returns Its namespace and its name, such as `host eth0` or `web lo`.
 */
export function nameOf({ kind, link, owner }: Place): string {
  return `${kind.startsWith("inner-") ? owner?.name : "host"} ${link}`;
}
