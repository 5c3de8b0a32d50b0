import { inputParsers } from "./input_parsers.ts";
import { listingParsers } from "./listing_parsers.ts";
import type { Parser } from "./parser.ts";
import { Samples } from "./samples.ts";
import { isolatorParsers, packetParsers, toolParsers } from "./sim_parsers.ts";
import { smallHost } from "./small_host.ts";

/** A parser, and how often its turn comes. */
export interface Turn {
  readonly parser: Parser;
  /** Of how many inputs, compared with the others. */
  readonly weight: number;
}

const SCENARIOS = new URL("../../../sim/scenarios/", import.meta.url);

/** Makes every parser there is. */
export async function everyParser(): Promise<Turn[]> {
  const samples = await Samples.gather();
  const scenarios: string[] = [];
  for await (const { name } of Deno.readDir(SCENARIOS)) {
    scenarios.push(await Deno.readTextFile(new URL(name, SCENARIOS)));
  }
  const hosts = [await smallHost("hashed"), await smallHost("linear")];
  const weighed = (weight: number, parsers: readonly Parser[]) =>
    parsers.map((parser) => ({ parser, weight }));
  return [
    ...weighed(100, listingParsers(samples)),
    ...weighed(100, inputParsers(scenarios.sort())),
    ...weighed(400, toolParsers(samples)),
    ...weighed(100, packetParsers()),
    // One of these looks at a whole host, which takes as long as thousands of others.
    ...weighed(3, isolatorParsers(hosts)),
  ];
}
