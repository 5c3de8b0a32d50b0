import { assert, assertEquals, assertThrows } from "@std/assert";
import { IsolatorError } from "../../../src/isolator/isolator_error.ts";
import { describeFrame } from "../../../src/isolator/prove/describe_frame.ts";
import { exampleFrame } from "../../../src/isolator/prove/example_frame.ts";
import { onePacket } from "../../../src/isolator/prove/one_packet.ts";
import { PacketSet } from "../../../src/isolator/prove/packet_set.ts";
import { testField, testPorts, testType } from "../../../src/isolator/prove/packet_test.ts";
import { NETWORK, TRANSPORT } from "../../../src/isolator/prove/position.ts";
import { sharedPort } from "../../../src/isolator/prove/port_fates.ts";
import { EVERY_PACKET } from "../../../src/isolator/prove/prove.ts";
import { rulesOf } from "../../../src/isolator/prove/rules.ts";
import { valuesUnder } from "../../../src/isolator/prove/values_under.ts";
import { parsePorts } from "../../../src/ports/mod.ts";
import { parseFilters } from "../../../src/routing/filter_listing.ts";
import { Random } from "../../support/random.ts";

const HOST = {
  ...{ eth0: "eth0", lo: "lo", mac: "02:00:00:00:00:02" },
  ...{ address: "10.0.0.2", gateway: "10.0.0.1" },
};

Deno.test("valuesUnder() holds exactly the numbers whose bits are those, for any mask (seed 5)", () => {
  const random = new Random(5);
  for (let i = 0; i < 200; i++) {
    const mask = random.uint32() & 0xffff & random.uint32();
    const value = random.uint32() & mask;
    const set = valuesUnder(value, mask, 16);
    for (let j = 0; j < 200; j++) {
      const number = random.below(2) === 0
        ? random.below(0x10000)
        : value | random.below(0x10000) & ~mask;
      assertEquals(set.contains(number), (number & mask) === value, `${number} ${mask}`);
    }
  }
});

Deno.test("a test parts packets into those that pass, those that do not, and those too short", () => {
  const [ip] = EVERY_PACKET;
  assert(ip !== undefined);
  const test = testPorts("destinationPort", parsePorts("31000-31007"));
  const { inside, outside, short } = ip.part(test);
  assertEquals(inside?.at(TRANSPORT + 2).toString(), "31000-31007");
  assertEquals(outside.map((set) => set.at(TRANSPORT + 2).toString()), ["0-30999,31008-65535"]);
  assertEquals([inside?.whole, short?.cut], [TRANSPORT + 4, TRANSPORT + 4]);
  // Whoever passed passes again, and nobody else is made up.
  assertEquals(inside?.part(test), { inside, outside: [], short: undefined });
  assertEquals(outside[0]?.part(test).inside, undefined);
});

Deno.test("an example of a set is a frame of that set, with sound checksums", () => {
  const tests = [
    testType(0x0800),
    testField("protocol", 6),
    testField("fragmentOffset", 0),
    testField("headerWords", 7),
    testPorts("sourcePort", parsePorts("31000")),
  ];
  let set: PacketSet | undefined = EVERY_PACKET[0];
  for (const test of tests) set = set?.part(test).inside;
  assert(set !== undefined);
  const frame = exampleFrame(set, HOST);
  assertEquals(
    describeFrame(frame),
    "TCP 10.0.0.1:31000 → 10.0.0.2:9, with options, 70 bytes",
  );
  let rest: PacketSet | undefined = onePacket(frame);
  for (const test of tests) rest = rest?.part(test).inside;
  assert(rest !== undefined, "it passes the tests of its set");
  const header = frame.subarray(14, 14 + 28);
  let sum = 0;
  for (let i = 0; i < header.length; i += 2) sum += (header[i] ?? 0) << 8 | (header[i + 1] ?? 0);
  assertEquals((sum & 0xffff) + (sum >>> 16), 0xffff);
});

Deno.test("an example of a set of short packets is short", () => {
  const { short } = EVERY_PACKET[0]?.partAt(NETWORK + 4) ?? {};
  assert(short !== undefined);
  assertEquals(exampleFrame(short, HOST).length, 14 + 3);
});

Deno.test("two owners of one port are named with it", () => {
  const owner = (name: string, ports: string) => ({ name, veth: name, ports: parsePorts(ports) });
  const one = owner("one", "1-10,50");
  assertEquals(sharedPort([one, owner("two", "11-49")]), undefined);
  assertEquals(sharedPort([owner("two", "20-60"), one]), { port: 50, names: ["two", "one"] });
});

Deno.test("rulesOf() refuses what cannot be followed, and names it", () => {
  const refused = (text: string) => {
    const filters = parseFilters(text, { link: "eth0", parent: "ffff:" });
    const error = assertThrows(() => rulesOf(filters), IsolatorError);
    assertEquals(error.code, "not-provable");
    return error.message;
  };
  const head = "filter protocol ip pref 5 u32 chain 0 fh 800::1 order 1 key ht 800 bkt 0 ";
  assert(
    refused(`${head}terminal flowid not_in_hw\n  match 00000000/00000000 at nexthdr+0\n`)
      .startsWith("A filter of priority 5 on eth0 says "),
  );
  const police = "  match 00000000/00000000 at 0\n\taction order 1:  police 0x1 rate 1Mbit\n";
  assert(refused(`${head}terminal flowid not_in_hw\n${police}`).includes("does"));
  assert(
    refused("filter protocol ip pref 5 flower chain 0 handle 0x1 \n").includes("no u32 filter"),
  );
});
