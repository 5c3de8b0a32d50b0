import type { FilterLayout } from "../../../src/isolator/options.ts";
import { describeFrame } from "../../../src/isolator/prove/describe_frame.ts";
import type { Steering } from "../../../src/isolator/prove/steering.ts";
import type { Escape } from "./escape.ts";
import { keyOf } from "./ground.ts";
import type { Shot } from "./verdict.ts";

/** The frames that once escaped, one a line. */
const FILE = new URL("corpus.txt", import.meta.url);

/** A frame that once escaped. */
export interface Entry {
  /** Where it arrives first, such as `eth0` or `veth one`. */
  readonly place: string;
  /** Its bytes. */
  readonly frame: Uint8Array;
}

/** Reads the corpus. */
export async function readCorpus(): Promise<Entry[]> {
  return parseCorpus(await Deno.readTextFile(FILE));
}

/**
 * Reads lines of a corpus.
 *
 * @param text A frame a line: hexadecimal digits, then where it arrives; `#` begins a remark.
 */
export function parseCorpus(text: string): Entry[] {
  return text.split("\n").flatMap((line) => {
    const [, digits, place] = /^([0-9a-f]+) ([a-z0-9 -]+)$/.exec(line) ?? [];
    return digits === undefined || place === undefined
      ? []
      : [{ place, frame: Uint8Array.fromHex(digits) }];
  });
}

/**
 * Puts a frame of the corpus on a host.
 *
 * @param entry The frame.
 * @param steering The host.
 * @returns Undefined where the host has no such place.
 */
export function shotOf(entry: Entry, { places }: Steering): Shot | undefined {
  const place = places.find((each) => keyOf(each) === entry.place);
  return place === undefined ? undefined : { place, frame: entry.frame };
}

/**
 * Keeps an escape for every later run.
 *
 * @param escape The escape.
 * @param layout How the filters were laid out.
 */
export async function keep(escape: Escape, layout: FilterLayout): Promise<void> {
  const { shot: { place, frame } } = escape;
  const known = await readCorpus();
  const isKnown = known.some((entry) =>
    entry.place === keyOf(place) && entry.frame.toHex() === frame.toHex()
  );
  if (!isKnown) await Deno.writeTextFile(FILE, formatEntry(escape, layout), { append: true });
}

/**
 * Writes an escape as lines of the corpus.
 *
 * @param escape The escape.
 * @param layout How the filters were laid out.
 */
export function formatEntry({ shot, should, seen }: Escape, layout: FilterLayout): string {
  const { place, frame } = shot;
  const remark = `# ${describeFrame(frame)}; ${layout}: seen by ${seen.links.join(", ")}` +
    ` and the stacks of ${seen.stacks.join(", ") || "nobody"}, not by ${should.links.join(", ")}` +
    ` and those of ${should.stacks.join(", ") || "nobody"}`;
  return `${remark}\n${frame.toHex()} ${keyOf(place)}\n`;
}
