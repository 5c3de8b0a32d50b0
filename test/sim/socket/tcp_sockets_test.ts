import { assert, assertEquals } from "@std/assert";
import { readView } from "../../../sim/files/proc_file.ts";
import { tapSegments, textsFrom } from "./segment_tap.ts";
import { bytesOf, readAll, type Stage, stage } from "./stage.ts";
import { ADDRESS, type Host } from "./two_hosts.ts";

const states = ({ namespace }: Host) =>
  [...namespace.sockets.entries()].filter(({ protocol }) => protocol === "tcp")
    .map(({ state }) => state).filter((state) => state !== "LISTEN");

function sockstat({ machine, namespace }: Host): string[] {
  return readView({ machine, namespace }, "/proc/net/sockstat").split("\n").slice(0, 2);
}

/** Closes from the client's side first, and lets both come to rest. */
function closeBoth({ pair, run }: Stage) {
  const [client, server] = pair();
  server.handlers = { peerClosed: () => server.close() };
  client.close();
  run(200);
  return { client, server };
}

Deno.test("whoever closes first waits 60 seconds in TIME-WAIT, and the other side is gone at once", async () => {
  const staged = await stage();
  const { one, two, run } = staged;
  closeBoth(staged);
  assertEquals([states(one), states(two)], [["TIME-WAIT"], []]);
  assertEquals(sockstat(one), ["sockets: used 0", "TCP: inuse 0 orphan 0 tw 1 alloc 0 mem 0"]);
  assertEquals(sockstat(two), ["sockets: used 1", "TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 0"]);
  run(59_000);
  assertEquals(states(one), ["TIME-WAIT"]);
  run(4000);
  assertEquals(states(one), []);
});

Deno.test("TIME-WAIT says again what a lost last ACK said", async () => {
  const staged = await stage();
  const { one, two, run } = staged;
  let lost = 0;
  const log = tapSegments([one, two], ({ from, text }) => {
    const isLastAck = from === 0 && text.startsWith(". seq 2 ack 2");
    return isLastAck && lost++ === 0 ? "lost" : "arrives";
  });
  closeBoth(staged);
  run(1000);
  assertEquals(textsFrom(log, 1).filter((text) => text.startsWith("F.")).length, 2);
  assertEquals([states(one), states(two)], [["TIME-WAIT"], []]);
});

Deno.test("two sides that close at the same moment both wait", async () => {
  const { one, two, pair, run } = await stage({ delayNs: 1e6 });
  const [client, server] = pair();
  client.close();
  server.close();
  run(100);
  assertEquals([states(one), states(two)], [["TIME-WAIT"], ["TIME-WAIT"]]);
});

Deno.test("two sides that open to each other at the same moment share one connection", async () => {
  const { one, two, run } = await stage({ delayNs: 1e6 });
  const heard: string[] = [];
  const open = (from: Host, address: number) =>
    from.stack.tcp.connect({ port: 4000, remote: { address, port: 4000 } }, {
      connected: () => heard.push(from.machine.name),
    });
  // ARP is asked first, so that the SYNs cross.
  one.stack.udp.open({}, { received: () => {} })
    ?.send(bytesOf("x"), { address: ADDRESS.two, port: 9 });
  run(50);
  open(one, ADDRESS.two);
  open(two, ADDRESS.one);
  run(3000);
  assertEquals(heard.sort(), ["one", "two"]);
  assertEquals([states(one), states(two)], [["ESTAB"], ["ESTAB"]]);
});

Deno.test("a port in TIME-WAIT serves no new connection to the same peer, but one from the peer", async () => {
  const staged = await stage();
  const { one, two, run, connect, listener } = staged;
  const [client, server] = staged.pair({}, { port: 5000 });
  client.handlers = { peerClosed: () => client.close() };
  const remote = { address: ADDRESS.two, port: 7000 };
  assertEquals(one.stack.tcp.connect({ remote, port: 5000 }, {}), "address in use");
  // The server closes first, so that its side waits; a new SYN of the same two ends replaces it.
  server.close();
  run(2000);
  assertEquals([states(one), states(two)], [[], ["TIME-WAIT"]]);
  connect(7000, ADDRESS.two, {}, { port: 5000 });
  run(10);
  assert(listener.accept(() => ({})) !== undefined);
  assertEquals([states(one), states(two)], [["ESTAB"], ["ESTAB"]]);
});

Deno.test("outgoing ports come from the range, even ones first, and one port serves many peers", async () => {
  const { one, two, connect } = await stage();
  one.namespace.sysctls.set("net.ipv4.ip_local_port_range", "40000\t40003");
  const ports = [1, 2, 3, 4].map(() => connect().local.port);
  assertEquals([ports.slice(0, 2).sort(), ports.slice(2).sort()], [[40000, 40002], [40001, 40003]]);
  const remote = { address: ADDRESS.two, port: 7000 };
  assertEquals(one.stack.tcp.connect({ remote }, {}), "no port is free");
  assert(typeof two.stack.tcp.connect({ remote: { ...remote, port: 7001 } }, {}) !== "string");
  assert(ports.includes(connect(7001).local.port));
});

Deno.test("a port has one listener for each address, and none beside one for every address", async () => {
  const { two } = await stage();
  const open = (port: number, address?: number) =>
    two.stack.tcp.listen({ port, ...(address === undefined ? {} : { address }) }, () => {});
  assertEquals(open(7000), undefined);
  assertEquals(open(7000, ADDRESS.two), undefined);
  const first = open(7001, ADDRESS.two);
  assert(first !== undefined);
  assert(open(7001, 0x7f000001) !== undefined);
  assertEquals(open(7001), undefined);
  first.close();
  assert(open(7001, ADDRESS.two) !== undefined);
});

Deno.test("a reader that does not read closes the window, and is asked ever more rarely whether it does", async () => {
  const { one, two, run, pair } = await stage({ delayNs: 1e6 });
  const [client, server] = pair();
  client.write(500_000);
  run(1000);
  const unread = server.unreadBytes;
  // The memory of 64 KiB, and what rounding a promised window up to its unit has added to it.
  assert(unread > 64_000 && unread < 80_000, `${unread} bytes`);
  const log = tapSegments([one, two]);
  run(30_000);
  const probes = log.filter(({ from }) => from === 0);
  assert(probes.every(({ payloadBytes }) => payloadBytes === 0));
  const waits = probes.slice(1).map(({ atMs }, i) => Math.round(atMs - (probes[i]?.atMs ?? 0)));
  assert(waits.length >= 3);
  const ratios = waits.slice(1).map((wait, i) => wait / (waits[i] ?? 0));
  assert(ratios.every((ratio) => ratio > 1.8 && ratio < 2.2), `${waits}`);
  assert(textsFrom(log, 1).every((text) => text.includes(" win 0 ")));
  server.handlers = { readable: () => readAll(server) };
  readAll(server);
  run(1000);
  assertEquals([client, server].map(({ unreadBytes }) => unreadBytes), [0, 0]);
  assertEquals([...one.namespace.sockets.entries()].map(({ sendQueue }) => sendQueue), [0]);
});

Deno.test("a congestion mark is echoed until the sender says that it has slowed down", async () => {
  const { one, two, run, pair } = await stage({ delayNs: 1e6 });
  one.namespace.sysctls.set("net.ipv4.tcp_ecn", "1");
  let data = 0;
  const log = tapSegments(
    [one, two],
    ({ payloadBytes }) => payloadBytes > 0 && ++data === 30 ? "marked" : "arrives",
  );
  const [client, server] = pair();
  server.handlers = { readable: () => readAll(server) };
  assertEquals(log.slice(0, 2).map(({ text }) => text.split(" ")[0]), ["SEW", "S.E"]);
  client.write(200_000);
  run(1000);
  const echoes = textsFrom(log, 1).filter((text) => /^\S*E/.test(text)).length;
  assert(echoes > 1, `${echoes} echoes`);
  assertEquals(textsFrom(log, 0).filter((text) => /^\S*W/.test(text)).length, 2);
  assertEquals(one.namespace.snmp.get("Tcp", "RetransSegs"), 0);
  const [entry] = one.namespace.sockets.entries();
  assert(entry?.tcp?.slowStartThreshold !== undefined);
});

Deno.test("a process that ends closes what it held: unread bytes are answered with a reset", async () => {
  const { one, two, run, connect, listener } = await stage();
  const process = one.machine.startProcess({ namespace: one.namespace });
  const ends: string[] = [];
  const open = () => connect(7000, ADDRESS.two, {}, { process });
  open();
  open();
  one.stack.tcp.listen({ port: 8000, process }, () => {});
  run(10);
  const accepted = [0, 1].map(() =>
    listener.accept((socket) => ({
      peerClosed: () => ends.push("peer closed"),
      ended: (end) => ends.push(`${end} after ${socket.unreadBytes}`),
    }))
  );
  accepted[0]?.write(bytesOf("never read"));
  run(100);
  one.machine.endProcess(process);
  run(100);
  assertEquals(ends.sort(), ["peer closed", "reset after 0"]);
  assertEquals(states(one), ["FIN-WAIT-2"]);
  assertEquals([...one.namespace.sockets.entries()].length, 1);
  assertEquals([states(two)], [["CLOSE-WAIT"]]);
});

Deno.test("a namespace that dies takes its connections with it, without a word", async () => {
  const { one, two, run, connect } = await stage();
  const process = one.machine.startProcess({ namespace: "new" });
  connect();
  run(10);
  const log = tapSegments([one, two]);
  one.stack.tcp.namespaceDied();
  run(1000);
  assertEquals([log.length, states(one)], [0, []]);
  one.machine.endProcess(process);
});

Deno.test("what ss is told of a connection is what Linux 6.18 told of such a one", async () => {
  const { one, two, run, pair } = await stage();
  const [client, server] = pair();
  const converse = () => {
    run(200);
    client.write(bytesOf("hello"));
    run(1);
    readAll(server);
    server.write(bytesOf("hello"));
    run(1);
    readAll(client);
  };
  const infoOf = ({ namespace }: Host) => {
    const tcp = [...namespace.sockets.entries()].find(({ state }) => state === "ESTAB")?.tcp;
    assert(tcp !== undefined);
    const { rtoMs, mss, receiveMss, advertisedMss, pathMtu } = tcp;
    const { bytesSent, bytesAcked, bytesReceived, segmentsOut, segmentsIn } = tcp;
    return [rtoMs, mss, pathMtu, receiveMss, advertisedMss]
      .concat(bytesSent, bytesAcked, bytesReceived, segmentsOut, segmentsIn)
      .concat(tcp.dataSegmentsOut, tcp.dataSegmentsIn);
  };
  converse();
  assertEquals(infoOf(one), [204, 1448, 1500, 536, 1448, 5, 6, 5, 4, 3, 1, 1]);
  converse();
  assertEquals(infoOf(two), [204, 1448, 1500, 536, 1448, 10, 10, 10, 3, 6, 2, 2]);
});

Deno.test("the short end of a long write goes out at once, and a short write waits for the one before", async () => {
  const { one, two, run, pair } = await stage();
  const log = tapSegments([one, two]);
  const [client] = pair();
  client.write(2000);
  run(100);
  const before = log.length;
  client.write(bytesOf("a"));
  client.write(bytesOf("b"));
  run(100);
  const sent = log.filter(({ from, payloadBytes }) => from === 0 && payloadBytes > 0);
  // As Linux 6.18 was seen to do.
  assertEquals(sent.map(({ payloadBytes }) => payloadBytes), [1448, 552, 1, 1]);
  assertEquals(log.slice(before).map(({ from }) => from), [0, 1, 0, 1]);
});

Deno.test("only what a program has let go is an orphan, and not what waits to be accepted", async () => {
  const { one, two, run, connect } = await stage();
  const client = connect();
  run(10);
  const orphans = () => /orphan (\d+)/.exec(sockstat(two)[1] ?? "")?.[1];
  const { stdout } = await two.kernel.execute({ tool: "ss", args: ["-s"], effect: "read" });
  assertEquals([orphans(), /orphaned (\d+)/.exec(stdout)?.[1]], ["0", "0"]);
  tapSegments([one, two], () => "lost");
  client.close();
  run(10);
  assertEquals(sockstat(one)[1]?.includes("orphan 1"), true);
});
