import { Crash, type Parser } from "./parser.ts";

/** Most tries that shrinking one input may take. */
const TRIES_MAX = 2000;

/**
 * Finds a short text at which a parser still crashes, by leaving out ever smaller parts.
 *
 * @param parser The parser.
 * @param text A text at which it crashes.
 */
export async function shrinkText(parser: Parser, text: string): Promise<string> {
  let best = text;
  let tries = 0;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length && tries < TRIES_MAX;) {
      const shorter = best.slice(0, at) + best.slice(at + size);
      tries += 1;
      if (await crashes(parser, shorter)) best = shorter;
      else at += size;
    }
  }
  return best;
}

async function crashes(parser: Parser, text: string): Promise<boolean> {
  try {
    await parser.check(text);
    return false;
  } catch (error) {
    return error instanceof Crash;
  }
}
