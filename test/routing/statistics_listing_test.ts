import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseHtbClasses } from "../../src/routing/htb_listing.ts";
import { ListingError } from "../../src/routing/json.ts";
import { parseMeasuredQdiscs } from "../../src/routing/queue_statistics.ts";
import { parseSnmp } from "../../src/routing/snmp.ts";
import { isIpv4Socket, parseTcpSockets } from "../../src/routing/socket.ts";
import { parseSockstat } from "../../src/routing/sockstat.ts";
import { fixture } from "../support/fixture.ts";
import { Random } from "../support/random.ts";

Deno.test("parseTcpSockets() reads states, both ends and round-trip times", async () => {
  const sockets = parseTcpSockets(await fixture("routing/fixtures/sockets.txt"));
  assertEquals(sockets, [
    {
      state: "LISTEN",
      local: { address: "0.0.0.0", port: 9090 },
      peer: { address: "0.0.0.0" },
    },
    {
      state: "ESTAB",
      local: { address: "10.9.0.1", port: 40626 },
      peer: { address: "10.9.0.2", port: 8080 },
      rttMicroseconds: 76,
    },
    {
      state: "ESTAB",
      local: { address: "10.9.0.1", port: 40630 },
      peer: { address: "10.9.0.2", port: 8080 },
      rttMicroseconds: 86_564,
    },
  ]);
});

/** How versions of `ss` differ: what is put around the one time that is meant. */
const SS_VERSIONS: Readonly<Record<string, string>> = {
  "5.15, all fields":
    "ESTAB  0      0           10.9.0.1:40626     10.9.0.2:8080  \n\t ts sack ecn ecnseen cubic " +
    "wscale:7,7 rto:201 rtt:0.076/0.034 ato:40 mss:1448 pmtu:1500 rcvmss:536 advmss:1448 cwnd:10 " +
    "ssthresh:7 bytes_sent:300 segs_out:3 send 1524210526bps lastsnd:1860 pacing_rate " +
    "3048421048bps delivery_rate 193066664bps delivered:2 app_limited rcv_rtt:1 rcv_space:14480 " +
    "minrtt:0.06\n",
  "6.9, with micro-second timestamps":
    "ESTAB 0      0      10.9.0.1:40626 10.9.0.2:8080\n\t ts usec_ts sack cubic wscale:7,7 rto:201 " +
    "rtt:0.076/0.034 mss:1448 rcv_rtt:3.5 rcv_ooopack:1 snd_wnd:65536 rehash:1 minrtt:0.06\n",
  "7.1, no blanks at the ends, escaped names":
    "ESTAB 0 0 10.9.0.1:40626 10.9.0.2:8080\n\t cubic rto:201 rtt:0.076/0.034 delack:40 minrtt:0.06\n",
  "bound to a link": "ESTAB 0 0 10.9.0.1%eth0:40626 10.9.0.2:8080\n\t cubic rtt:0.076/0.034\n",
};

for (const [version, text] of Object.entries(SS_VERSIONS)) {
  Deno.test(`parseTcpSockets() reads what ss prints in ${version}`, () => {
    assertEquals(parseTcpSockets(text), [{
      state: "ESTAB",
      local: { address: "10.9.0.1", port: 40626 },
      peer: { address: "10.9.0.2", port: 8080 },
      rttMicroseconds: 76,
    }]);
  });
}

Deno.test("parseTcpSockets() takes large times, and no other time for the smoothed one", () => {
  const of = (info: string) =>
    parseTcpSockets(`ESTAB 0 0 1.1.1.1:1 2.2.2.2:2\n\t ${info}\n`)[0]?.rttMicroseconds;
  assertEquals(of("rtt:1.5e+06/7"), 1_500_000_000);
  for (
    const info of ["cubic minrtt:5/6", "rcv_rtt:5/6", "mrtt:5/6", "rtt:5", "rtt:/6", "rtt:x/6"]
  ) {
    assertEquals(of(info), undefined, info);
  }
});

Deno.test("isIpv4Socket() takes mapped addresses for IPv4, since those packets are", () => {
  const listed = (local: string) => parseTcpSockets(`ESTAB 0 0 ${local}:80 1.1.1.1:2\n`);
  const isIpv4 = (local: string) => listed(local).every(isIpv4Socket);
  assert(isIpv4("10.0.0.1") && isIpv4("[::ffff:10.0.0.1]"));
  assert(!isIpv4("[fe80::1]%eth0") && !isIpv4("*") && !isIpv4("[::1]"));
});

Deno.test("parseSockstat() reads the counts of each protocol", async () => {
  const counts = parseSockstat(await fixture("routing/fixtures/sockstat.txt"));
  assertEquals(counts.get("TCP"), { inuse: 3n, orphan: 0n, tw: 0n, alloc: 7n, mem: 261n });
  assertEquals(counts.get("FRAG"), { inuse: 0n, memory: 0n });
  assertThrows(() => parseSockstat("TCP: inuse many\n"), ListingError);
});

Deno.test("parseSnmp() reads names and numbers, negative and 64 bits wide", async () => {
  const protocols = parseSnmp(await fixture("routing/fixtures/snmp.txt"));
  assertEquals([...protocols.keys()], ["Ip", "Icmp", "Tcp", "Udp", "UdpLite"]);
  assertEquals(protocols.get("Tcp")?.get("MaxConn"), -1n);
  assertEquals(protocols.get("Tcp")?.get("OutSegs"), 168n);
  const wide = parseSnmp("Ip: InReceives\nIp: 18446744073709551615\n").get("Ip");
  assertEquals(wide?.get("InReceives"), 18446744073709551615n);
  for (const bad of ["Ip: A B\nIp: 1\n", "Ip: A\nTcp: 1\n", "Ip: A\nIp: x\n", "A\nA\n"]) {
    assertThrows(() => parseSnmp(bad), ListingError);
  }
});

Deno.test("parseMeasuredQdiscs() reads every counter, and only those that are there", async () => {
  const qdiscs = parseMeasuredQdiscs(await fixture("routing/fixtures/measured_qdiscs.txt"));
  const htb = qdiscs.find(({ kind }) => kind === "htb");
  assertEquals(htb, {
    link: "eth0",
    kind: "htb",
    handle: "1:",
    parent: "root",
    statistics: {
      bytes: 116178n,
      packets: 87n,
      drops: 0n,
      overlimits: 2n,
      requeues: 0n,
      backlog: 131718n,
      qlen: 5n,
    },
  });
  const estimated = parseMeasuredQdiscs(
    '[{"kind":"htb","handle":"1:","dev":"a","root":true,"bytes":18446744073709551615,' +
      '"rate":4294967296,"pps":9007199254740993}]\n',
  );
  assertEquals(estimated[0]?.statistics, {
    bytes: 18446744073709551615n,
    ratebps: 4294967296n,
    ratepps: 9007199254740993n,
  });
});

Deno.test("parseHtbClasses() reads the JSON that tc prints from iproute2 6.2 on, exactly", () => {
  const json = '[{"class":"htb","handle":"1:1","root":true,"leaf":"0x2","prio":0,"rate":20001,' +
    '"ceil":40001,"burst":68001,"cburst":68000,"stats":{"bytes":336,"lended":4}},' +
    '{"class":"fq_codel","handle":"2:3","parent":"2:"}]\n';
  assertEquals(parseHtbClasses(json), [{
    handle: "1:1",
    rateBytesPerSecond: 20001,
    ceilBytesPerSecond: 40001,
    burstBytes: 68001,
  }]);
  assertThrows(() => parseHtbClasses('[{"class":"htb","handle":"1:1"}]'), ListingError);
});

/** The numbers that a parser found, as text: none of them may be one that the whole text lacks. */
function numbersIn(value: unknown): string[] {
  const text = JSON.stringify(
    value,
    (_, each) =>
      each instanceof Map ? [...each] : typeof each === "bigint" ? each.toString() : each,
  );
  return [...text.matchAll(/\d+/g)].map(([number]) => number);
}

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  "sockets.txt": parseTcpSockets,
  "sockstat.txt": parseSockstat,
  "snmp.txt": parseSnmp,
  "measured_qdiscs.txt": parseMeasuredQdiscs,
};

for (const [name, parse] of Object.entries(PARSERS)) {
  Deno.test(`${name} cut off anywhere gives no number that was not there, or a ListingError`, async () => {
    const whole = await fixture(`routing/fixtures/${name}`);
    const known = new Set(numbersIn(parse(whole)));
    for (let end = 0; end < whole.length; end++) {
      const found = listingErrorOr(() => parse(whole.slice(0, end)));
      for (const number of numbersIn(found ?? [])) {
        assert(known.has(number), `${number} after ${end} characters`);
      }
    }
  });

  Deno.test(`${name} with characters changed is read, or refused with a ListingError`, async () => {
    const whole = await fixture(`routing/fixtures/${name}`);
    const random = new Random(5);
    for (let round = 0; round < 500; round++) {
      const at = random.below(whole.length);
      const other = random.pick(["", "\0", "\n", "-", "é", "9".repeat(30), "{", '"', " "]);
      listingErrorOr(() => parse(whole.slice(0, at) + other + whole.slice(at + 1)));
    }
  });
}

function listingErrorOr(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ListingError) return undefined;
    throw error;
  }
}
