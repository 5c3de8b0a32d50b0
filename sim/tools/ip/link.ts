/**
 * `ip link`.
 *
 * @module
 */

import { abbreviates } from "../words.ts";
import { showAddresses } from "./address_show.ts";
import type { IpContext } from "./context.ts";
import { addLinks, deleteLink } from "./link_add.ts";
import { setLink } from "./link_set.ts";

type Run = (args: readonly string[], context: IpContext) => void;

const show: Run = (args, context) => showAddresses(args, context, { isAboutLinks: true });

function notModelled(name: string): Run {
  return (_, { console }) => console.notModelled(`"link ${name}"`);
}

/** Verbs in the order in which their abbreviations are tried. */
const VERBS: readonly (readonly [string, Run])[] = [
  ["add", addLinks],
  ["set", setLink],
  ["change", setLink],
  ["replace", replaceLink],
  ["delete", deleteLink],
  ["show", show],
  ["lst", show],
  ["list", show],
  ["xstats", notModelled("xstats")],
  ["afstats", notModelled("afstats")],
  ["property", notModelled("property")],
  ["help", notModelled("help")],
];

/** Replacing is adding where the link is there already, which is not modelled. */
function replaceLink(args: readonly string[], context: IpContext): void {
  if (args.includes("type")) return context.console.notModelled('"link replace"');
  context.console.fail('Not enough information: "type" argument is required\n');
}

/**
 * Runs `ip link`.
 *
 * @param args The words behind `link`.
 * @param context Where it works.
 */
export function ipLink(args: readonly string[], context: IpContext): void {
  const [word, ...rest] = args;
  if (word === undefined) return show([], context);
  for (const [name, run] of VERBS) {
    if (abbreviates(word, name)) return run(rest, context);
  }
  context.console.exit(`Command "${word}" is unknown, try "ip link help".\n`);
}
