/** Something that reads text which others wrote. */
export interface Parser {
  /** Its name, as in the code. */
  readonly name: string;
  /** Texts as they ought to be, which are then spoiled. */
  readonly samples: readonly string[];
  /**
   * Parses a text. It must end soon, with a value within its type's range or with an error of a
   * kind that it declares.
   *
   * @param text Any text.
   * @throws {Crash} If it does something else.
   */
  check(text: string): void | Promise<void>;
}

/** A parser did what none may do. */
export class Crash extends Error {
  /**
   * @param message What it did.
   * @param cause What it threw, if it threw something.
   */
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "Crash";
  }
}

/** What a parser promises. */
export interface Contract<Value> {
  readonly name: string;
  readonly samples: readonly string[];
  /** Reads a text. */
  readonly parse: (text: string) => Value | Promise<Value>;
  /** Kinds of errors that it may throw. */
  readonly mayThrow: readonly (new (...args: never[]) => Error)[];
  /** Tells whether a value is within its type's range. */
  readonly isValid: (value: Value) => boolean;
}

/**
 * Makes a parser of what it promises.
 *
 * @param contract What it promises.
 */
export function parser<Value>(contract: Contract<Value>): Parser {
  const { name, samples, parse, mayThrow, isValid } = contract;
  const judge = (value: Value): void => {
    if (!isValid(value)) throw new Crash(`${name} gave a value out of range: ${shown(value)}`);
  };
  const excuse = (error: unknown): void => {
    if (error instanceof Crash) throw error;
    const isDeclared = mayThrow.some((kind) => error instanceof kind);
    if (!isDeclared) throw new Crash(`${name} threw what it does not declare: ${error}`, error);
    if (isEngineError(error)) throw new Crash(`${name} let the engine throw: ${error}`, error);
  };
  return {
    name,
    samples,
    check: (text) => {
      try {
        const value = parse(text);
        if (value instanceof Promise) return value.then(judge).catch(excuse);
        judge(value);
        return undefined;
      } catch (error) {
        excuse(error);
        return undefined;
      }
    },
  };
}

/** What the engine itself says in a `TypeError`, `RangeError` or `SyntaxError`: nobody meant that. */
const ENGINE_ERRORS = new RegExp(
  [
    "^Maximum call stack",
    "^Invalid (?:string|array|typed array|regular expression|array buffer|count)",
    "^Cannot (?:read|set|convert|mix|destructure|assign|delete)",
    "is not (?:a function|iterable|defined|a constructor|an object)",
    "^Offset is outside the bounds",
    "^The number .* cannot be converted to a BigInt",
    "^Unexpected (?:token|end|number|string)",
    "^Array buffer allocation failed",
  ].join("|"),
);

function isEngineError(error: unknown): boolean {
  return error instanceof Error && ENGINE_ERRORS.test(error.message);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_key, each) => typeof each === "bigint" ? `${each}n` : each);
  return String(text).slice(0, 300);
}
