import { assertEquals } from "@std/assert";
import { PacketTrace, type TraceStep } from "../../../sim/trace/packet_trace.ts";
import { formatTrace } from "../../../sim/trace/trace_text.ts";

const STEP: TraceStep = {
  timeNs: 0,
  machine: "host",
  namespace: 1,
  link: "eth0",
  stage: "receive",
  what: "eth0 as host",
};

function traced(): PacketTrace {
  const trace = new PacketTrace(7, "UDP a → b, 47 bytes", 3);
  trace.add(STEP);
  const filter = { ...STEP, stage: "filter" } as const;
  for (const what of ["one", "two"]) trace.add({ ...filter, what, matched: false });
  trace.add({ ...filter, what: "three", matched: true });
  trace.add({ ...STEP, link: "veth", stage: "drop", what: "no carrier" });
  trace.finish({ outcome: "dropped", reason: "no carrier" });
  return trace;
}

Deno.test("formatTrace() writes places where they change, and counts filters that did not match", () => {
  assertEquals(formatTrace(traced(), { place: ({ machine }) => machine }), [
    "packet 7, a copy of 3: UDP a → b, 47 bytes",
    "  host  eth0  receive       eth0 as host",
    "              filter     ·  2 filters did not match",
    "              filter     ✓  three",
    "        veth  drop          no carrier",
    "  dropped: no carrier",
  ]);
});

Deno.test("formatTrace() lists every filter where all is asked for", () => {
  const lines = formatTrace(traced(), { place: () => "host", isFull: true });
  assertEquals(lines.filter((line) => line.includes("·")).length, 2);
});

Deno.test("a trace is data, too: its copies name their original", () => {
  const { packetId, copiedFrom, end, steps } = JSON.parse(JSON.stringify(traced()));
  assertEquals([packetId, copiedFrom, end.reason, steps.length], [7, 3, "no carrier", 5]);
});
