/**
 * Reads the whole lines of a stream of text as they come. What is cut off at the end is left out:
 * a writer that was killed may have been in the middle of it.
 *
 * @param stream UTF-8 text, such as a program's standard output.
 * @yields Each line, without its end.
 *
 * @example
 * ```ts
 * import { wholeLines } from "./lines.ts";
 *
 * const stream = ReadableStream.from(["one\ntw", "o\nthr"]).pipeThrough(new TextEncoderStream());
 * const lines = await Array.fromAsync(wholeLines(stream));
 * if (lines.join() !== "one,two") throw new Error(lines.join());
 * ```
 */
export async function* wholeLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
