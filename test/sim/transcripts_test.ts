import { assert, assertEquals } from "@std/assert";
import { STATUS_NOT_MODELLED } from "../../sim/tools/not_modelled.ts";
import { readTranscript, transcriptNames } from "../support/transcript_files.ts";
import { KNOWN_GAPS } from "./known_gaps.ts";
import { replay } from "./replay.ts";

/** Recorded commands, and how many of them the simulator answers with "not modelled". */
const TRANSCRIPTS: Readonly<Record<string, readonly [commands: number, notModelled: number]>> = {
  actions: [8, 0],
  address: [104, 1],
  address_rename: [20, 0],
  class: [107, 9],
  ethtool: [70, 0],
  filter: [180, 5],
  handle: [42, 0],
  htb_direct_queue: [12, 0],
  invisible: [4, 1],
  link: [157, 0],
  link_details: [20, 0],
  link_index: [19, 0],
  neighbour: [41, 2],
  neighbour_without_address: [17, 0],
  netns: [84, 0],
  qdisc: [188, 10],
  rate_bounds: [7, 0],
  route: [135, 8],
  ss: [137, 0],
  sysctl: [109, 2],
  u32_table: [67, 0],
  "lab/basic": [28, 13],
  "lab/default_qdisc": [58, 1],
  "lab/fq_codel": [81, 3],
  "lab/gact": [47, 19],
  "lab/police": [29, 23],
  "lab/traffic_actions": [28, 6],
  "lab/traffic_bands": [14, 0],
  "lab/traffic_codel_law": [21, 0],
  "lab/traffic_fifo": [20, 0],
  "lab/traffic_fq_codel": [42, 0],
  "lab/traffic_htb": [47, 0],
};

for (const [name, expected] of Object.entries(TRANSCRIPTS)) {
  Deno.test(`SimKernel answers ${name}.txt as the real kernel did, but for the known gaps`, async () => {
    const text = await readTranscript(name);
    const { commands, divergences } = await replay(text, name.startsWith("lab/") ? "lab" : "cloud");
    const notModelled = divergences.filter(({ actual }) => actual.status === STATUS_NOT_MODELLED);
    const differing = divergences.filter(({ actual }) => actual.status !== STATUS_NOT_MODELLED);
    for (const { actual } of notModelled) assert(actual.stderr.startsWith("simulator: "));
    const gaps = KNOWN_GAPS.filter(({ transcript }) => transcript === name);
    const lines = new Set(differing.map(({ line }) => line));
    const known = new Set(gaps.map(({ line }) => line));
    assertEquals(differing.filter(({ line }) => !known.has(line)), [], "an unknown divergence");
    assertEquals(
      gaps.filter(({ line }) => !lines.has(line)),
      [],
      "a gap that is mended: remove it",
    );
    assertEquals([commands, notModelled.length], expected);
  });
}

Deno.test("every recorded transcript is replayed", async () => {
  assertEquals(await transcriptNames(), Object.keys(TRANSCRIPTS).sort());
});
