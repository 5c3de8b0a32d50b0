import type { Console } from "./console.ts";

/**
 * Tells whether a word is a name, or the beginning of one: the tools take abbreviations.
 *
 * @param word What was typed.
 * @param name The whole name.
 */
export function abbreviates(word: string, name: string): boolean {
  return word !== "" && name.startsWith(word);
}

/** The words of a command, read from left to right. */
export class Words {
  readonly #words: readonly string[];
  readonly #console: Console;
  /** The kind of addresses that the tool's options ask for; undefined for any. */
  family: "inet" | "inet6" | "link" | undefined;
  #at = 0;

  /**
   * @param words The words.
   * @param console Where a command that ends too soon is reported.
   * @param family The kind of addresses that the tool's options ask for.
   */
  constructor(words: readonly string[], console: Console, family?: Words["family"]) {
    this.family = family;
    this.#words = words;
    this.#console = console;
  }

  /** Where complaints about these words go. */
  get console(): Console {
    return this.#console;
  }

  /** How many words are left. */
  get left(): number {
    return this.#words.length - this.#at;
  }

  /** The word to read now; undefined at the end. */
  get current(): string | undefined {
    return this.#words[this.#at];
  }

  /** The word before the current one; empty at the beginning. */
  get previous(): string {
    return this.#words[this.#at - 1] ?? "";
  }

  /** The words that are left. */
  get rest(): readonly string[] {
    return this.#words.slice(this.#at);
  }

  /** Moves on, and gives the word moved past; the command must not end here. */
  take(): string {
    const word = this.#words[this.#at];
    if (word === undefined) return this.#console.incomplete();
    this.#at += 1;
    return word;
  }

  /** Moves on, and gives the word moved past; at the end, what C prints for no text. */
  takeOrNull(): string {
    return this.current === undefined ? "(null)" : this.take();
  }

  /** Moves on past a word that is there. */
  skip(): void {
    this.#at += 1;
  }

  /** An IPv4 address was read: where any kind was allowed until now, the others must be alike. */
  settleFamily(): void {
    this.family ??= "inet";
  }

  /** Moves one word back. */
  back(): void {
    this.#at -= 1;
  }
}

/** A keyword of a grammar and what follows it. */
export interface Keyword<State> {
  /**
   * Names with `|` between them. A name that ends with `~` may be abbreviated.
   */
  readonly names: string;
  /**
   * Reads what follows.
   *
   * @param state What has been read so far.
   * @param words Stands behind the keyword.
   * @param name The keyword as it was typed.
   */
  read(state: State, words: Words, name: string): void;
}

/** A list of keywords, tried in order, and what any other word means. */
export class Grammar<State> {
  readonly #keywords: readonly {
    readonly exact: ReadonlySet<string>;
    readonly abbreviable: readonly string[];
    readonly keyword: Keyword<State>;
  }[];
  readonly #otherwise: (state: State, words: Words) => void;
  /** Words that were found to name a keyword; there are no more than names and beginnings. */
  readonly #found: Map<string, Keyword<State>> = new Map();

  /**
   * @param keywords Its keywords, in the order in which they are tried.
   * @param otherwise Reads any other word; stands before it.
   */
  constructor(
    keywords: readonly Keyword<State>[],
    otherwise: (state: State, words: Words) => void,
  ) {
    this.#keywords = keywords.map((keyword) => {
      const names = keyword.names.split("|");
      return {
        exact: new Set(names.filter((name) => !name.endsWith("~"))),
        abbreviable: names.filter((name) => name.endsWith("~")).map((name) => name.slice(0, -1)),
        keyword,
      };
    });
    this.#otherwise = otherwise;
  }

  /**
   * Reads keyword after keyword.
   *
   * @param state Filled with what is read.
   * @param words Read to their end, or to where `isDone` says.
   * @param isDone Tells whether to stop before the next word.
   */
  read(state: State, words: Words, isDone: (state: State) => boolean = () => false): void {
    while (words.left > 0 && !isDone(state)) {
      const word = words.current ?? "";
      const keyword = this.find(word);
      if (keyword === undefined) this.#otherwise(state, words);
      else {
        words.skip();
        keyword.read(state, words, word);
      }
    }
  }

  /** @param word What was typed. @returns The first keyword that it names. */
  find(word: string): Keyword<State> | undefined {
    const known = this.#found.get(word);
    if (known !== undefined) return known;
    const found = this.#keywords.find(({ exact, abbreviable }) =>
      exact.has(word) || abbreviable.some((name) => abbreviates(word, name))
    );
    if (found !== undefined) this.#found.set(word, found.keyword);
    return found?.keyword;
  }
}

/**
 * Keywords of the real tool that the simulator does not know, to stand at their place in a grammar.
 *
 * @param names Their names, as {@linkcode Keyword.names} has them.
 */
export function unknownToSimulator<State>(names: string): Keyword<State> {
  return {
    names,
    read: (_, words, name) => words.console.notModelled(`"${name}"`),
  };
}
