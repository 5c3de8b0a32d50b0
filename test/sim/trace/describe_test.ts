import { assertEquals } from "@std/assert";
import { describeKey } from "../../../sim/trace/describe_key.ts";
import { describePacket } from "../../../sim/trace/describe_packet.ts";
import { encodeEthernet, ETHERTYPE_IPV4 } from "../../../sim/packet/ethernet.ts";
import { encodeIpv4, PROTOCOL_UDP } from "../../../sim/packet/ipv4.ts";
import { encodeUdp } from "../../../sim/packet/udp.ts";

const ADDRESSES = { source: 0x0a4d0001, destination: 0x0a4d0002 };

/** Comparisons and what they ask. */
const KEYS: readonly (readonly [number, number, number, string])[] = [
  [0x05000000, 0x0f000000, 0, "header of 20 bytes"],
  [0, 0x00001fff, 4, "first fragment"],
  [0x00110000, 0x00ff0000, 8, "udp"],
  [0x002f0000, 0x00ff0000, 8, "protocol 47"],
  [0x0a4d0000, 0xffffff00, 12, "src 10.77.0.0/24"],
  [0x0a4d0002, 0xffffffff, 16, "dst 10.77.0.2"],
  [0x0000c350, 0x0000ffff, 20, "dport 50000"],
  [0x00007918, 0x0000fff8, 20, "dport 31000-31007"],
  [0x79180000, 0xfff80000, 20, "sport 31000-31007"],
  [0x00003a60, 0x0000ffff, -16, "dst MAC 3a:60:…"],
  [0x8812dd70, 0xffffffff, -12, "dst MAC …:88:12:dd:70"],
  [0x01020304, 0xffffffff, 24, "01020304/ffffffff at 24"],
  [0, 0, 0, "anything"],
];

Deno.test("describeKey() names the field of an IPv4 header, and falls back on hexadecimal", () => {
  for (const [value, mask, offset, text] of KEYS) {
    assertEquals(describeKey({ value, mask, offset, offsetMask: 0 }), text);
  }
  const behindOptions = { value: 80, mask: 0xffff, offset: 0, offsetMask: 0xffffffff };
  assertEquals(describeKey(behindOptions), "00000050/0000ffff at nexthdr+0");
});

function frameOf(payload: Uint8Array) {
  const ip = encodeIpv4({ ...ADDRESSES, protocol: PROTOCOL_UDP }, payload);
  const header = { destination: 2, source: 1, etherType: ETHERTYPE_IPV4 };
  return { bytes: encodeEthernet(header, ip), protocol: ETHERTYPE_IPV4, networkOffset: 14 };
}

Deno.test("describePacket() names protocol, ends and size, however little of them is there", () => {
  const udp = { sourcePort: 9, destinationPort: 53, payload: new Uint8Array(5) };
  const frame = frameOf(encodeUdp(ADDRESSES, udp));
  assertEquals(describePacket(frame), "UDP 10.77.0.1:9 → 10.77.0.2:53, 47 bytes");
  const cut = frameOf(new Uint8Array(3));
  assertEquals(describePacket(cut), "IP protocol 17 10.77.0.1 → 10.77.0.2, 37 bytes");
  const broken = { ...frame, bytes: frame.bytes.subarray(0, 20) };
  assertEquals(describePacket(broken), "malformed IPv4, 20 bytes");
});
