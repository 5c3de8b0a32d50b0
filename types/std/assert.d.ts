/** The parts of `@std/assert` that Berth uses, typed for the compiled package. */

/** Options for messages of a failed comparison. */
type Message = string | undefined;
// deno-lint-ignore no-explicit-any -- a constructor of any arguments, as in the original.
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** Thrown by every failed assertion. */
export declare class AssertionError extends Error {}
export declare function assert(expr: unknown, msg?: Message): asserts expr;
export declare function assertEquals<T>(actual: T, expected: T, msg?: Message): void;
export declare function assertNotEquals<T>(actual: T, expected: T, msg?: Message): void;
export declare function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: Message,
): asserts actual is T;
export declare function assertExists<T>(actual: T, msg?: Message): asserts actual is NonNullable<T>;
export declare function assertInstanceOf<T extends abstract new (...args: never[]) => unknown>(
  actual: unknown,
  expected: T,
  msg?: Message,
): asserts actual is InstanceType<T>;
export declare function assertMatch(actual: string, expected: RegExp, msg?: Message): void;
export declare function assertNotMatch(actual: string, expected: RegExp, msg?: Message): void;
export declare function assertStringIncludes(actual: string, expected: string, msg?: Message): void;
export declare function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  msg?: Message,
): void;
export declare function assertGreater<T>(actual: T, expected: T, msg?: Message): void;
export declare function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: Message): void;
export declare function assertLess<T>(actual: T, expected: T, msg?: Message): void;
export declare function assertLessOrEqual<T>(actual: T, expected: T, msg?: Message): void;
export declare function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: Message,
): void;
export declare function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass?: ErrorClass<E>,
  msgIncludes?: string,
  msg?: Message,
): E;
export declare function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  msgIncludes?: string,
  msg?: Message,
): Promise<E>;
export declare function fail(msg?: string): never;
export declare function unreachable(reason?: string): never;
