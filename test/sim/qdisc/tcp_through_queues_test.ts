import { assert, assertAlmostEquals } from "@std/assert";
import { NS_PER_SECOND } from "../../../sim/time/virtual_clock.ts";
import { ADDRESS, type Host, twoHosts } from "../socket/two_hosts.ts";

/** Bytes that a full frame carries of a stream, and those that htb counts for it. */
const PAYLOAD_BYTES = 1448;
const FRAME_BYTES = 1514;

async function run(host: Host, ...lines: readonly string[]) {
  for (const line of lines) {
    const output = await host.kernel.execute({
      tool: "tc",
      args: line.split(" "),
      effect: "change",
    });
    assert(output.status === 0, `${line}: ${output.stderr}`);
  }
}

/** Starts a server that reads everything, and tells what came from each port, and when the last. */
function listen(host: Host, port: number) {
  const received = { bytes: 0, lastNs: 0 };
  const { clock } = host.machine;
  const listener = host.stack.tcp.listen({ port }, () => {
    listener?.accept((socket) => ({
      readable() {
        for (let data = socket.read(); data !== undefined; data = socket.read()) {
          received.bytes += data.length;
          received.lastNs = clock.nowNs;
        }
      },
    }));
  });
  assert(listener !== undefined);
  return received;
}

function write(host: Host, port: number, bytes: number) {
  const remote = { address: ADDRESS.two, port };
  const socket = host.stack.tcp.connect({ remote }, {});
  assert(typeof socket !== "string", String(socket));
  socket.write(bytes);
}

Deno.test("10 MB over TCP take as long as htb at 1 MB/s needs for their frames", async () => {
  const { clock, one, two } = await twoHosts();
  await run(
    one,
    "qdisc add dev eth0 root handle 1: htb default 10",
    "class add dev eth0 parent 1: classid 1:10 htb rate 8mbit",
  );
  const received = listen(two, 80);
  write(one, 80, 10_000_000);
  clock.runTo(15 * NS_PER_SECOND);
  const neededS = 10 * FRAME_BYTES / PAYLOAD_BYTES;
  assertAlmostEquals(received.bytes, 10_000_000, 0);
  assertAlmostEquals(received.lastNs / NS_PER_SECOND, neededS, neededS * 0.02);
});

Deno.test("two TCP connections share htb over fq_codel evenly", async () => {
  const { clock, one, two } = await twoHosts();
  await run(
    one,
    "qdisc add dev eth0 root handle 1: htb default 10",
    "class add dev eth0 parent 1: classid 1:10 htb rate 8mbit",
    "qdisc add dev eth0 parent 1:10 handle 10: fq_codel limit 10240",
  );
  const [first, second] = [80, 81].map((port) => listen(two, port));
  for (const port of [80, 81]) write(one, port, 100_000_000);
  clock.runTo(10 * NS_PER_SECOND);
  const half = 5_000_000 * PAYLOAD_BYTES / FRAME_BYTES;
  assertAlmostEquals(first?.bytes ?? 0, half, half * 0.1);
  assertAlmostEquals(second?.bytes ?? 0, half, half * 0.1);
});

Deno.test("four TCP connections each get a quarter of a link under fq_codel", async () => {
  const { clock, one, two } = await twoHosts();
  const link = one.namespace.linkByName("eth0");
  assert(link !== undefined);
  link.speedMbitPerSecond = 80;
  await run(one, "qdisc add dev eth0 root handle 1: fq_codel limit 10240");
  const ports = [80, 81, 82, 83];
  const received = ports.map((port) => listen(two, port));
  for (const port of ports) write(one, port, 100_000_000);
  clock.runTo(10 * NS_PER_SECOND);
  const quarter = 25_000_000 * PAYLOAD_BYTES / FRAME_BYTES;
  for (const { bytes } of received) assertAlmostEquals(bytes, quarter, quarter * 0.1);
});
