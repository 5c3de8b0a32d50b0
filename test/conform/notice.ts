import type { Command } from "./sequence.ts";

/** Links that are asked for after a change: the kernel notices then what became of carriers. */
export const NOTICED_LINKS: readonly string[] = "v0 v1 w0 w1 x0 x1 x2 x3 eth0 veth0 veth1".split(
  " ",
);

/**
 * Tells whether a command may change what links there are, or their states.
 *
 * @param command The command.
 */
export function changesLinks({ words, stdin }: Command): boolean {
  return /\bl(i|in|ink)? (a|s|d|c|r)|netns d/.test([words.join(" "), ...stdin].join("\n"));
}
