import type { Link } from "../../model/link.ts";
import type { NetworkNamespace } from "../../model/namespace.ts";
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

/**
 * Finds a link by name.
 *
 * @param context Where to look.
 * @param name Its name.
 * @returns The link; the command fails where there is none.
 */
export function linkNamed(context: TcContext, name: string): Link {
  return context.namespace.linkByName(name) ?? context.console.noDevice(name);
}
