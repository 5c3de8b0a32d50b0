import { assertEquals, assertThrows } from "@std/assert";
import { ARP_REQUEST, decodeArp, encodeArp } from "../../../sim/packet/arp.ts";
import { decodeEthernet, encodeEthernet } from "../../../sim/packet/ethernet.ts";
import { decodeIcmp, encodeIcmp, ICMP_TYPE } from "../../../sim/packet/icmp.ts";
import { decodeIpv4, encodeIpv4, rewriteIpv4 } from "../../../sim/packet/ipv4.ts";
import { decodeTcp, encodeTcp, TCP_FLAG } from "../../../sim/packet/tcp.ts";
import { decodeUdp, encodeUdp } from "../../../sim/packet/udp.ts";
import { Random } from "../../support/random.ts";

const PAIR = { source: 0x0a000001, destination: 0x0a000002 };
const random = new Random(11);
const bytes = (length: number) => Uint8Array.from({ length }, () => random.below(256));

Deno.test("decodeEthernet() gives back what encodeEthernet() was given, tag and all", () => {
  for (const vlanTag of [undefined, 0x2064]) {
    const header = { destination: 0xffffffffffff, source: 0x020000000001, etherType: 0x0800 };
    const tagged = vlanTag === undefined ? header : { ...header, vlanTag };
    const frame = encodeEthernet(tagged, bytes(20));
    assertEquals(decodeEthernet(frame)?.header, tagged);
    assertEquals(decodeEthernet(frame.subarray(0, 13)), undefined);
  }
});

Deno.test("decodeArp() gives back what encodeArp() was given, and nothing of other protocols", () => {
  const packet = {
    operation: ARP_REQUEST,
    senderMac: 0x020000000001,
    senderAddress: PAIR.source,
    targetMac: 0,
    targetAddress: PAIR.destination,
  };
  const encoded = encodeArp(packet);
  assertEquals(decodeArp(encoded), packet);
  assertEquals(decodeArp(Uint8Array.of(9, 9, ...encoded), 2), packet);
  assertEquals(decodeArp(encoded, 1), undefined);
  assertEquals(decodeArp(encoded.subarray(1)), undefined);
});

Deno.test("decodeIpv4() gives back header fields, options and fragments, and checks the sum", () => {
  const header = {
    ...PAIR,
    protocol: 17,
    identification: 7,
    ttl: 3,
    trafficClass: 2,
    moreFragments: true,
    fragmentOffsetBytes: 1480,
    options: Uint8Array.from([1, 1, 1, 0]),
  };
  const datagram = encodeIpv4(header, bytes(40));
  const decoded = decodeIpv4(datagram);
  assertEquals(decoded?.headerBytes, 24);
  assertEquals(decoded?.checksumValid, true);
  for (const key of ["ttl", "trafficClass", "fragmentOffsetBytes", "moreFragments"] as const) {
    assertEquals(decoded?.[key], header[key]);
  }
  rewriteIpv4(datagram, 0, { ttl: 2, trafficClass: 3 });
  assertEquals([decodeIpv4(datagram)?.ttl, decodeIpv4(datagram)?.checksumValid], [2, true]);
  datagram[16] = 99;
  assertEquals(decodeIpv4(datagram)?.checksumValid, false);
  assertEquals(decodeIpv4(datagram.subarray(0, 30)), undefined);
  assertThrows(() => encodeIpv4({ ...header, options: bytes(3) }, bytes(0)), RangeError);
});

Deno.test("decodeUdp() and decodeIcmp() see every single damaged byte", () => {
  const payload = bytes(9);
  const udp = encodeUdp(PAIR, { sourcePort: 1, destinationPort: 65535, payload });
  assertEquals(decodeUdp(PAIR, udp)?.checksumValid, true);
  assertEquals(decodeUdp(PAIR, udp)?.payload, payload);
  const icmp = encodeIcmp({
    type: ICMP_TYPE.echoRequest,
    code: 0,
    identifier: 5,
    sequence: 6,
    payload,
  });
  assertEquals(decodeIcmp(icmp)?.sequence, 6);
  for (let at = 0; at < icmp.length; at++) {
    const damaged = icmp.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    assertEquals(decodeIcmp(damaged)?.checksumValid, false, `byte ${at}`);
  }
  for (let at = 8; at < udp.length; at++) {
    const damaged = udp.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    assertEquals(decodeUdp(PAIR, damaged)?.checksumValid, false, `byte ${at}`);
  }
});

Deno.test("decodeTcp() gives back a segment with its options", () => {
  const segment = {
    sourcePort: 31000,
    destinationPort: 80,
    sequence: 0xfffffff0,
    acknowledgment: 7,
    flags: TCP_FLAG.syn | TCP_FLAG.ack,
    window: 65535,
    maximumSegmentBytes: 1460,
    windowScaleBits: 7,
    sackPermitted: true as const,
    timestamps: { value: 1, echo: 2 },
    payload: bytes(5),
  };
  const decoded = decodeTcp(PAIR, encodeTcp(PAIR, segment));
  assertEquals(decoded, { ...segment, checksumValid: true });
});

Deno.test("encodeTcp() writes the options of a SYN in the 20 bytes and the order of Linux", () => {
  const options = { maximumSegmentBytes: 1460, windowScaleBits: 7, sackPermitted: true as const };
  const plain = {
    sourcePort: 1,
    destinationPort: 2,
    sequence: 0,
    acknowledgment: 0,
    flags: TCP_FLAG.syn,
    window: 64240,
    payload: new Uint8Array(0),
  };
  const timestamps = { value: 1, echo: 0 };
  const optionsOf = (segment: Parameters<typeof encodeTcp>[1]) =>
    encodeTcp(PAIR, segment).subarray(20).toHex();
  assertEquals(
    optionsOf({ ...plain, ...options, timestamps }),
    "020405b4" + "0402080a0000000100000000" + "01030307",
  );
  assertEquals(optionsOf({ ...plain, ...options }), "020405b4" + "01010402" + "01030307");
});

Deno.test("decodeTcp() gives back selective acknowledgments, and not those of a wrong length", () => {
  const segment = {
    sourcePort: 1,
    destinationPort: 2,
    sequence: 0,
    acknowledgment: 0,
    flags: TCP_FLAG.ack,
    window: 100,
    timestamps: { value: 1, echo: 2 },
    sackBlocks: [{ start: 0xfffffff0, end: 5 }, { start: 100, end: 200 }],
    payload: bytes(5),
  };
  const encoded = encodeTcp(PAIR, segment);
  assertEquals(encoded.length, 20 + 12 + 4 + 16 + 5);
  assertEquals(decodeTcp(PAIR, encoded)?.sackBlocks, segment.sackBlocks);
  encoded[20 + 12 + 3] = 17;
  assertEquals(decodeTcp(PAIR, encoded)?.sackBlocks, undefined);
});
