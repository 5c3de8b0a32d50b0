/**
 * Feeds inputs to parsers in a thread of its own, so that one that hangs can be ended from outside.
 *
 * @module
 */

import { parentPort } from "node:worker_threads";
import { assert } from "@std/assert";
import { type Input, Inputs } from "./inputs.ts";
import { everyParser } from "./table.ts";

/** What a worker is asked. */
export type Order =
  /** To feed inputs of a seed, from one number to another. */
  | { readonly kind: "range"; readonly seed: number; readonly begin: number; readonly end: number }
  /** To feed one text to one parser. */
  | { readonly kind: "one"; readonly parser: string; readonly text: string };

/** What a worker answers. */
export type Answer =
  /** It can be asked; `counter` holds the number of the input that it is at. */
  | { readonly kind: "ready"; readonly parsers: readonly string[]; readonly counter: Int32Array }
  /** It came to the end of what it was asked. */
  | { readonly kind: "done" }
  /** A parser crashed. */
  | {
    readonly kind: "crash";
    readonly number: number;
    readonly parser: string;
    readonly text: string;
    readonly message: string;
  };

const turns = await everyParser();
const counter = new Int32Array(new SharedArrayBuffer(4));
const say = (answer: Answer) => parentPort?.postMessage(answer);

assert(parentPort !== null, "this is a worker's module");
parentPort.on("message", async (data: Order) => {
  if (data.kind === "one") {
    const found = turns.find(({ parser }) => parser.name === data.parser);
    const { text } = data;
    if (found !== undefined && !await feed({ parser: found.parser, text }, 0)) return;
  } else {
    const inputs = new Inputs(data.seed, turns);
    for (let number = data.begin; number < data.end; number++) {
      Atomics.store(counter, 0, number);
      if (!await feed(inputs.at(number), number)) return;
    }
  }
  say({ kind: "done" });
});

/** @returns Whether all went well. */
async function feed({ parser, text }: Input, number: number): Promise<boolean> {
  try {
    const checking = parser.check(text);
    if (checking !== undefined) await checking;
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say({ kind: "crash", number, parser: parser.name, text, message });
    return false;
  }
}

say({ kind: "ready", parsers: turns.map(({ parser }) => parser.name), counter });
