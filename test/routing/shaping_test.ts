import { assertEquals, assertRejects } from "@std/assert";
import { change } from "../../src/kernel/command.ts";
import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";
import { addHtb, htbClass } from "../../src/routing/htb.ts";
import { ListingError } from "../../src/routing/json.ts";
import { readShaping, readShapings } from "../../src/routing/shaping.ts";
import { ScriptedKernel } from "../support/scripted_kernel.ts";
import { onEachKernel } from "../support/worlds.ts";

const QDISCS = JSON.stringify(
  ["a", "b"].map((dev) => ({ dev, kind: "htb", handle: "1:", root: true })),
);

/** What versions of iproute2 print for the classes of two links, with a divider after each. */
const PRINTED: Readonly<Record<string, string>> = {
  "6.1, with text between brackets":
    "class htb 1:1 root prio 0 rate 8Mbit ceil 8Mbit burst 1600b cburst 1600b \n" +
    " Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) \n\n[]\n" +
    "class htb 1:1 root prio 0 rate 16Mbit ceil 16Mbit burst 1600b cburst 1600b \n[]\n",
  "6.2, in brackets itself": [1_000_000, 2_000_000].map((rate) => {
    const numbers = { rate, ceil: rate, burst: 1600, cburst: 1600 };
    return `${JSON.stringify([{ class: "htb", handle: "1:1", ...numbers }])}\n[]\n`;
  }).join(""),
};

function scripted(classes: string): ScriptedKernel {
  return new ScriptedKernel([
    { line: "tc -s -j qdisc show", answer: { stdout: QDISCS } },
    {
      line: "tc -s -j -batch -",
      stdin: ["a", "b"].map((link) => `class show dev ${link} parent 1:\nfilter show dev lo\n`)
        .join(""),
      answer: { stdout: classes },
    },
  ]);
}

for (const [version, printed] of Object.entries(PRINTED)) {
  Deno.test(`readShapings() tells the classes of links apart as iproute2 prints them: ${version}`, async () => {
    const shapings = await readShapings(scripted(printed), new Set(["a", "b"]));
    const rates = [...shapings].map((
      [link, { classes }],
    ) => [link, classes[0]?.rateBytesPerSecond]);
    assertEquals(rates, [["a", 1_000_000], ["b", 2_000_000]]);
  });
}

Deno.test("readShapings() refuses a listing that was cut short", async () => {
  for (const printed of ["", "[]\n", "class htb 1:1 root prio 0 rate 8Mbit\n[]\n"]) {
    await assertRejects(() => readShapings(scripted(printed), new Set(["a", "b"])), ListingError);
  }
});

onEachKernel("the shaping of many links is what each link's own is", async ({ kernel }) => {
  for (const words of MAKE) await run(kernel, words);
  try {
    const limits = { v1: 1_000_000, v4: 3_000_000 };
    for (const [link, rateBytesPerSecond] of Object.entries(limits)) {
      await change(kernel, addHtb(link));
      await change(kernel, htbClass("add", link, { rateBytesPerSecond }));
    }
    const shapings = await readShapings(kernel, new Set(["v1", "v3", "v4"]));
    const rates = [...shapings].map((
      [link, { classes }],
    ) => [link, classes[0]?.rateBytesPerSecond]);
    assertEquals(rates.filter(([, rate]) => rate !== undefined), Object.entries(limits));
    await run(kernel, ["link", "set", "dev", "v4", "netns", "inside"]);
    await change(kernel, { ...addHtb("v4"), namespace: "inside" });
    await change(kernel, {
      ...htbClass("add", "v4", { rateBytesPerSecond: 3_000_000 }),
      namespace: "inside",
    });
    assertEquals((await readShaping(kernel, "v4", "inside")).classes, shapings.get("v4")?.classes);
  } finally {
    for (const words of UNMAKE) await run(kernel, words);
  }
});

/** Two pairs of links, of which the second has an end that moves, and where it moves to. */
const MAKE = [
  ["link", "add", "v1", "type", "veth", "peer", "name", "v2"],
  ["link", "add", "v3", "type", "veth", "peer", "name", "v4"],
  ["netns", "add", "inside"],
];

const UNMAKE = [["link", "del", "v1"], ["link", "del", "v3"], ["netns", "del", "inside"]];

async function run(kernel: KernelNetwork, words: readonly string[]): Promise<void> {
  await change(kernel, { tool: "ip", words });
}
