/**
 * `tc`: its options, its objects and its batches.
 *
 * @module
 */

import type { NetworkNamespace } from "../../model/namespace.ts";
import { type Objects, runBatch, runCommand } from "../commands.ts";
import { type Console, STATUS_USAGE } from "../console.ts";
import { namedNamespace } from "../named_namespace.ts";
import type { ToolRun } from "../tool_run.ts";
import { Grammar, unknownToSimulator, Words } from "../words.ts";
import { tcActions } from "./actions.ts";
import { tcClass } from "./class.ts";
import type { TcContext, TcOptions } from "./context.ts";
import { tcFilter } from "./filter.ts";
import { tcQdisc } from "./qdisc.ts";

interface Draft extends TcOptions {
  readonly console: Console;
  namespace: NetworkNamespace;
  isForced: boolean;
  batch: string | undefined;
  isDone: boolean;
}

const VERSION = "tc utility, iproute2-6.1.0, libbpf 1.1.2\n";

const OPTIONS = new Grammar<Draft>([
  { names: "-stats~|-statistics~", read: (draft) => draft.statistics += 1 },
  { names: "-details~", read: (draft) => draft.details += 1 },
  unknownToSimulator("-raw~"),
  { names: "-pretty~", read: (draft) => draft.isPretty = true },
  unknownToSimulator("-graph~"),
  {
    names: "-Version~",
    read(draft, words) {
      draft.console.print(VERSION);
      words.console.exit("", 0);
    },
  },
  unknownToSimulator("-iec~|-help~"),
  { names: "-force~", read: (draft) => draft.isForced = true },
  { names: "-batch~", read: (draft, words) => draft.batch = words.take() },
  {
    names: "-netns~",
    read: (draft, words) =>
      draft.namespace = namedNamespace(draft.namespace.machine, words.takeOrNull(), draft.console),
  },
  unknownToSimulator("-Numeric~|-names~|-nm~|-cf~|-conf~|-color~|-timestamp~|-tshort~"),
  { names: "-json~", read: (draft) => draft.isJson = true },
  unknownToSimulator("-oneline~|-brief~"),
], (draft, words) => {
  const word = words.current ?? "";
  if (!word.startsWith("-")) draft.isDone = true;
  else words.console.exit(`Option "${word}" is unknown, try "tc -help".\n`, STATUS_USAGE);
});

const OBJECTS: Objects<TcContext> = [
  ["qdisc", tcQdisc],
  ["class", tcClass],
  ["filter", tcFilter],
  ["chain", (_, { console }) => console.notModelled('object "chain"')],
  ["actions", tcActions],
  ["monitor", (_, { console }) => console.notModelled('object "monitor"')],
  ["exec", (_, { console }) => console.notModelled('object "exec"')],
  ["help", (_, { console }) => console.notModelled('"help"')],
];

/**
 * Runs `tc`.
 *
 * @param run How it was started.
 * @returns Its exit status.
 */
export function runTc(run: ToolRun): number {
  const { console } = run;
  const words = new Words(run.args, console);
  const draft: Draft = {
    console,
    namespace: run.namespace,
    statistics: 0,
    details: 0,
    isJson: false,
    isPretty: false,
    isForced: false,
    batch: undefined,
    isDone: false,
  };
  OPTIONS.read(draft, words, ({ isDone }) => isDone);
  const context: TcContext = { namespace: draft.namespace, console, options: draft };
  const commands = { context, objects: OBJECTS, unknownStatus: STATUS_USAGE };
  if (draft.batch !== undefined) {
    return runBatch(commands, { file: draft.batch, run, isForced: draft.isForced });
  }
  return words.left === 0 ? console.notModelled("usage") : runCommand(commands, words.rest);
}
