/**
 * `tc actions`: the listing alone.
 *
 * @module
 */

import { listActions } from "../../model/actions.ts";
import { abbreviates, Words } from "../words.ts";
import { describeAction } from "./action_printer.ts";
import type { TcContext } from "./context.ts";

/**
 * Runs `tc actions`.
 *
 * @param args The words behind `actions`.
 * @param context Where it works.
 */
export function tcActions(args: readonly string[], context: TcContext): void {
  const { console, namespace, options } = context;
  const words = new Words(args, console);
  const verb = words.current ?? "";
  const isList = ["list", "show", "lst"].some((name) => abbreviates(verb, name));
  if (!isList) return console.notModelled(`"actions ${verb}"`);
  words.skip();
  if (words.current === "action") words.skip();
  const kind = words.current;
  words.skip();
  if ((kind !== "mirred" && kind !== "gact") || words.left > 0 || options.isJson) {
    return console.notModelled(`"actions ${args.join(" ")}"`);
  }
  const actions = listActions(namespace, kind);
  if (actions.length === 0) return;
  // Listing them is what makes the kernel say that no hardware counts for them.
  const saysSo = namespace.machine.features.has("act_hw_state");
  for (const action of actions) action.isHardwareStateKnown ||= saysSo;
  const { statistics } = options;
  console.print(
    `total acts ${actions.length}\n` +
      actions.map((action, order) =>
        "\n" + describeAction(action, { order, statistics, namespace, isAlone: true })
      ).join(""),
  );
}
