import { Random } from "../../support/random.ts";
import { makeInput } from "./mutate.ts";
import type { Parser } from "./parser.ts";
import type { Turn } from "./table.ts";

/** An input and who is to read it. */
export interface Input {
  readonly parser: Parser;
  readonly text: string;
}

/** Gives every input of a seed by its number alone. */
export class Inputs {
  readonly #seed: number;
  readonly #wheel: readonly Parser[];

  /**
   * @param seed Chooses.
   * @param turns All parsers.
   */
  constructor(seed: number, turns: readonly Turn[]) {
    this.#seed = seed;
    this.#wheel = turns.flatMap(({ parser, weight }) => Array<Parser>(weight).fill(parser));
  }

  /**
   * Gives an input.
   *
   * @param number Its number.
   */
  at(number: number): Input {
    const random = new Random(Math.imul(this.#seed, 0x9e3779b1) ^ number);
    const parser = random.pick(this.#wheel);
    return { parser, text: makeInput(parser.samples, random) };
  }
}
