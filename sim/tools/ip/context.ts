import type { Link } from "../../model/link.ts";
import type { NetworkNamespace } from "../../model/namespace.ts";
import { numberPeer } from "../../model/peer_number.ts";
import type { Console } from "../console.ts";
import type { Surroundings } from "../tool_run.ts";

/** What the options before the command say. */
export interface IpOptions {
  /** `-s`: how often. */
  statistics: number;
  /** `-d`: how often. */
  details: number;
  /** `-j`. */
  isJson: boolean;
  /** `-o`. */
  isOneLine: boolean;
  /** `-br`. */
  isBrief: boolean;
  /** `-all`. */
  isForAll: boolean;
  /** `-4`, `-6` or `-0`; undefined where none was given. */
  family: "inet" | "inet6" | "link" | undefined;
}

/** What the tool does not forget between the lines of a batch. */
export interface IpSession {
  /** Whether links were listed: addresses are listed as links are from then on. */
  hasListedLinks: boolean;
  /** Whether there is a batch: the tool then lets the kernel list more, and chooses by itself. */
  readonly isBatch: boolean;
}

/** What a command of `ip` works with. */
export interface IpContext {
  readonly namespace: NetworkNamespace;
  readonly console: Console;
  readonly options: Readonly<IpOptions>;
  /** What one line of a batch leaves behind for the next. */
  readonly session: IpSession;
  /** Starts a program elsewhere, for `ip netns exec`. */
  readonly execute: Surroundings["execute"];
}

/**
 * Finds a link by name.
 *
 * @param context Where to look.
 * @param name Its name.
 * @returns The link; the command fails where there is none.
 */
export function linkNamed(context: IpContext, name: string): Link {
  const link = context.namespace.linkByName(name) ?? context.console.noDevice(name);
  numberPeer(link);
  return link;
}

/** What separates the lines of one element: a backslash with `-o`. */
export function lineBreak(options: Readonly<IpOptions>): string {
  return options.isOneLine ? "\\" : "\n";
}
