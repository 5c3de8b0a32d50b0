/**
 * Reading the tools' JSON without trusting it, and without losing a digit.
 *
 * @module
 */

/** A JSON object whose fields are still to be looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A tool printed something that is not what it prints. */
export class ListingError extends SyntaxError {
  /** The text that could not be read, cut to 200 characters. */
  readonly text: string;

  /**
   * Makes an error of what was expected and what was there.
   *
   * @param expected What should have been there, as a noun phrase.
   * @param text What was there.
   */
  constructor(expected: string, text: string) {
    const excerpt = text.slice(0, 200);
    super(`Expected ${expected} in the listing but found ${JSON.stringify(excerpt)}`);
    this.name = "ListingError";
    this.text = excerpt;
  }
}

/**
 * Parses JSON, with integers beyond 2^53 kept exact as bigint.
 *
 * @param text What a tool printed; an empty text is an empty list, as `ip -j` prints it.
 * @throws {ListingError} If it is no JSON.
 */
export function parseJson(text: string): unknown {
  if (text.trim() === "") return [];
  try {
    return JSON.parse(text, exactInteger);
  } catch {
    throw new ListingError("JSON", text);
  }
}

function exactInteger(
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/**
 * Takes a value for a list of objects, as every `-j` listing is one.
 *
 * `ip -j` pads its lists with empty objects; those are left out.
 *
 * @param value Parsed JSON.
 * @throws {ListingError} If it is anything else.
 */
export function asObjects(value: unknown): JsonObject[] {
  if (!Array.isArray(value)) throw new ListingError("a list", String(value));
  return value.map(asObject).filter((object) => Object.keys(object).length > 0);
}

/**
 * Takes a value for an object.
 *
 * @param value Parsed JSON.
 * @throws {ListingError} If it is anything else.
 */
export function asObject(value: unknown): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return { ...value };
  }
  throw new ListingError("an object", String(value));
}

/**
 * Reads a text field.
 *
 * @param object Where to look.
 * @param key Name of the field.
 * @throws {ListingError} If it is absent or no text.
 */
export function textOf(object: JsonObject, key: string): string {
  const value = object[key];
  if (typeof value === "string") return value;
  throw new ListingError(`a text "${key}"`, String(value));
}

/**
 * Reads a number field.
 *
 * @param object Where to look.
 * @param key Name of the field.
 * @param limit The greatest number that it may be.
 * @throws {ListingError} If it is absent or no whole number from 0 to the limit.
 */
export function numberOf(
  object: JsonObject,
  key: string,
  limit: number = Number.MAX_SAFE_INTEGER,
): number {
  const value = object[key];
  const isWhole = typeof value === "number" && Number.isSafeInteger(value);
  if (isWhole && value >= 0 && value <= limit) return value;
  throw new ListingError(`a number "${key}"`, String(value));
}

/**
 * Reads a counter, exact to 64 bits.
 *
 * @param object Where to look.
 * @param key Name of the field.
 * @throws {ListingError} If it is absent or no whole number from 0 up.
 */
export function counterOf(object: JsonObject, key: string): bigint {
  const value = object[key];
  if (typeof value === "bigint") return counter64(value);
  if (typeof value === "number" && Number.isSafeInteger(value)) return counter64(BigInt(value));
  throw new ListingError(`a counter "${key}"`, String(value));
}

/** Greatest counter that the kernel keeps. */
const COUNTER_MAX = 2n ** 64n - 1n;

/**
 * Checks that a number is one that the kernel counts to.
 *
 * @param value The number.
 * @returns The same number.
 * @throws {ListingError} If it is below 0 or has more than 64 bits.
 */
export function counter64(value: bigint): bigint {
  if (value >= 0n && value <= COUNTER_MAX) return value;
  throw new ListingError("a counter of 64 bits", value.toString());
}
