import { assertEquals } from "@std/assert";
import { describeFrame } from "../../support/frames/describe_frame.ts";
import { LEFT, LEFT_MAC, runLine } from "../../support/frames/frame_stage.ts";
import { arpAnswer, datagram, frame, icmp, udp } from "../../support/frames/frames.ts";
import { createSimStage } from "../../support/frames/sim_stage.ts";

const PEER = { address: "10.0.0.3", mac: "02:00:00:00:00:03" };
const HOST = { address: LEFT.host, mac: LEFT_MAC.host };
const ASKS_ALL = "ARP 10.0.0.2 asks for 10.0.0.3";
const ECHO = frame(icmp(8, 0, { from: PEER.address }));
const REPLY = "10.0.0.2 > 10.0.0.3 ttl 64 len 38 ICMP 0/0 rest 65537";

async function stage(...lines: readonly string[]) {
  const made = await createSimStage();
  for (const line of lines) await runLine(made.kernel, line);
  return {
    send: (bytes: Uint8Array) => made.left.send(bytes),
    after: async (ms: number) => (await made.left.take(() => false, ms)).map(describeFrame),
    state: async () => {
      const text = await runLine(made.kernel, `ip -n host neigh show ${PEER.address} dev eth0`);
      return text.replace(PEER.address, "").trim();
    },
  };
}

Deno.test("Neighbours asks everybody three times, a second apart, then gives up", async () => {
  const { send, after, state } = await stage();
  await send(ECHO);
  assertEquals(await after(500), [ASKS_ALL]);
  assertEquals(await state(), "INCOMPLETE");
  assertEquals(await after(2000), [ASKS_ALL, ASKS_ALL]);
  assertEquals(await after(1000), []);
  assertEquals(await state(), "FAILED");
});

Deno.test("Neighbours sends what waited once it is answered, and doubts the answer in time", async () => {
  const { send, after, state } = await stage();
  await send(ECHO);
  assertEquals(await after(500), [ASKS_ALL]);
  await send(arpAnswer(PEER, HOST));
  assertEquals(await after(10), [REPLY]);
  assertEquals(await state(), "lladdr 02:00:00:00:00:03 REACHABLE");
  // Linux doubts an answer after 15 to 45 seconds.
  assertEquals(await after(14_000), []);
  assertEquals(await state(), "lladdr 02:00:00:00:00:03 REACHABLE");
  assertEquals(await after(32_000), []);
  assertEquals(await state(), "lladdr 02:00:00:00:00:03 STALE");
});

Deno.test("Neighbours uses a stale entry for five seconds, then asks its owner alone", async () => {
  const { send, after, state } = await stage(
    "ip -n host neigh replace 10.0.0.3 lladdr 02:00:00:00:00:03 nud stale dev eth0",
  );
  await send(ECHO);
  assertEquals(await after(100), [REPLY]);
  assertEquals(await state(), "lladdr 02:00:00:00:00:03 DELAY");
  assertEquals(await after(4800), []);
  assertEquals(await after(200), [`${ASKS_ALL} alone`]);
  assertEquals(await state(), "lladdr 02:00:00:00:00:03 PROBE");
  await send(arpAnswer(PEER, HOST));
  await after(10);
  assertEquals(await state(), "lladdr 02:00:00:00:00:03 REACHABLE");
});

Deno.test("Neighbours gives a stale entry up whose owner does not answer three times", async () => {
  const { send, after, state } = await stage(
    "ip -n host neigh replace 10.0.0.3 lladdr 02:00:00:00:00:03 nud stale dev eth0",
  );
  await send(ECHO);
  const asked = `${ASKS_ALL} alone`;
  assertEquals(await after(9000), [REPLY, asked, asked, asked]);
  assertEquals(await state(), "FAILED");
});

Deno.test("Reassembly gives up after thirty seconds, and tells who sent a first fragment", async () => {
  const { send, after } = await stage();
  const first = udp({ moreFragments: true, identification: 7 }, { bytes: 1000 });
  await send(frame(first));
  await send(frame(datagram({ fragmentOffsetBytes: 800, identification: 8 }, new Uint8Array(80))));
  assertEquals(await after(29_900), []);
  assertEquals(await after(200), ["10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 576 ICMP 11/1"]);
});
