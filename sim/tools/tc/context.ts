import type { Link } from "../../model/link.ts";
import type { NetworkNamespace } from "../../model/namespace.ts";
import { numberPeer } from "../../model/peer_number.ts";
import { Refusal } from "../../model/refusal.ts";
import type { Console } from "../console.ts";

/** What a command of `tc` works with. */
export interface TcContext {
  readonly namespace: NetworkNamespace;
  readonly console: Console;
  readonly options: TcOptions;
}

/** What the options before the command say. */
export interface TcOptions {
  /** `-s`: how often. */
  statistics: number;
  /** `-d`: how often. */
  details: number;
  /** `-j`. */
  isJson: boolean;
  /** `-p`. */
  isPretty: boolean;
}

/** The tool keeps this many bytes of a link's name, and never says so. */
const NAME_BYTES = 15;

/**
 * Finds a link by name.
 *
 * @param context Where to look.
 * @param name Its name.
 * @returns The link; the command fails where there is none.
 */
export function linkNamed(context: TcContext, name: string): Link {
  const kept = name.slice(0, NAME_BYTES);
  const link = context.namespace.linkByName(kept) ?? context.console.noDevice(kept);
  numberPeer(link);
  return link;
}

/**
 * Finds the link that a command is about.
 *
 * @param context Where to look.
 * @param name Its name; the kernel is asked for none, and refuses, where it is left out.
 * @returns The link; the command fails where there is none.
 */
export function linkFor(context: TcContext, name: string | undefined): Link {
  if (name !== undefined) return linkNamed(context, name);
  return context.console.ask(() => {
    throw new Refusal("ENODEV");
  });
}
