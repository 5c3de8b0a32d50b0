import { assertEquals } from "@std/assert";
import { LOOPBACK } from "../../../sim/model/ipv4.ts";
import { Machine } from "../../../sim/model/machine.ts";
import type { SocketEntry, TcpInfo } from "../../../sim/model/socket.ts";
import { SimKernel } from "../../../sim/sim_kernel.ts";
import { SeededRandom } from "../../../sim/time/seeded_random.ts";
import { VirtualClock } from "../../../sim/time/virtual_clock.ts";
import { shortNumber, timerText, wholeNumber } from "../../../sim/tools/ss/number_text.ts";

const INFO: TcpInfo = {
  rttUs: 50,
  rttVarianceUs: 20,
  rtoMs: 204,
  mss: 32768,
  pathMtu: 65535,
  receiveMss: 536,
  advertisedMss: 65483,
  congestionWindow: 10,
  slowStartThreshold: 7,
  bytesSent: 5000,
  bytesAcked: 5001,
  bytesReceived: 0,
  segmentsOut: 3,
  segmentsIn: 2,
  dataSegmentsOut: 1,
  dataSegmentsIn: 0,
  unacknowledged: 0,
  retransmitsNow: 0,
  retransmitsTotal: 2,
  lastSentAtNs: 0,
  lastReceivedAtNs: 0,
  lastAckedAtNs: 1_000_000,
  windowScale: { send: 7, receive: 7 },
};

/** A machine whose program "server" has a listener and a connection with itself. */
function stage() {
  const clock = new VirtualClock();
  const machine = new Machine({ clock, random: new SeededRandom(1) });
  const process = machine.startProcess({ name: "server", namespace: machine.home, pid: 4711 });
  const entry = (change: Partial<SocketEntry>): SocketEntry => ({
    protocol: "tcp",
    state: "ESTAB",
    localAddress: LOOPBACK,
    localPort: 80,
    remoteAddress: LOOPBACK,
    remotePort: 40000,
    receiveQueue: 0,
    sendQueue: 0,
    tcp: INFO,
    process,
    ...change,
  });
  const listener = entry({ state: "LISTEN", remoteAddress: 0, remotePort: 0, tcp: undefined });
  const client = entry({ localPort: 40000, remotePort: 80 });
  const waiting = entry({ state: "TIME-WAIT", remotePort: 40001, process: undefined });
  for (const each of [client, entry({}), listener, waiting]) machine.home.sockets.add(each);
  const kernel = new SimKernel(machine);
  const ss = (...args: string[]) => kernel.execute({ tool: "ss", args, effect: "read" });
  return { clock, ss };
}

Deno.test("ss -tin derives the sending rate and the times since, and names cubic", async () => {
  const { clock, ss } = stage();
  clock.runUntil(() => false, 3_000_000);
  const { stdout } = await ss("-tinHO", "sport", "=", ":80");
  assertEquals(
    stdout,
    "ESTAB 0      0      127.0.0.1:80 127.0.0.1:40000 cubic wscale:7,7 rto:204 rtt:0.05/0.02 " +
      "mss:32768 pmtu:65535 rcvmss:536 advmss:65483 cwnd:10 ssthresh:7 bytes_sent:5000 " +
      "bytes_acked:5001 segs_out:3 segs_in:2 data_segs_out:1 send 52428800000bps " +
      "lastsnd:3 lastrcv:3 lastack:2 retrans:0/2\n",
  );
});

Deno.test("ss -p names who holds a socket, and nobody for one that waits", async () => {
  const { ss } = stage();
  const { stdout } = await ss("-tanpH");
  assertEquals(stdout.split("\n").map((line) => line.trimEnd()), [
    'LISTEN    0      0      127.0.0.1:80      0.0.0.0:*     users:(("server",pid=4711,fd=5))',
    'ESTAB     0      0      127.0.0.1:40000 127.0.0.1:80    users:(("server",pid=4711,fd=3))',
    'ESTAB     0      0      127.0.0.1:80    127.0.0.1:40000 users:(("server",pid=4711,fd=4))',
    "TIME-WAIT 0      0      127.0.0.1:80    127.0.0.1:40001",
    "",
  ]);
});

Deno.test("ss -s sums up as it does over the recorded kernel's sockstat", async () => {
  const { ss } = stage();
  const { stdout } = await ss("-s");
  assertEquals(
    stdout,
    "Total: 3\n" +
      "TCP:   4 (estab 2, closed 1, orphaned 0, timewait 1)\n" +
      "\n" +
      "Transport Total     IP        IPv6\n" +
      "RAW\t  0         0         0        \n" +
      "UDP\t  0         0         0        \n" +
      "TCP\t  3         3         0        \n" +
      "INET\t  3         3         0        \n" +
      "FRAG\t  0         0         0        \n" +
      "\n",
  );
});

Deno.test("ss refuses what is not modelled, by name and with the simulator's status", async () => {
  const { ss } = stage();
  const refused: [string, string][] = [
    ["-x", 'option "--unix"'],
    ["-tne", 'option "--extended"'],
    ["-q", 'option "-q"'],
    ["-n", "a listing of other than TCP and UDP sockets"],
    ["-t", 'names of services; ask with "-n"'],
    ["-tnm", "the memory of this socket"],
    ["-A unix -n", 'socket table "unix"'],
    ["-tn dport = http", 'port "http"'],
    ["-tn dev eth0", 'filter "dev"'],
    ["-tn dst ::1", 'address "::1"'],
  ];
  for (const [line, what] of refused) {
    const answer = await ss(...line.split(" "));
    const stderr = `simulator: ss: ${what} is not modelled\n`;
    assertEquals(answer, { status: 96, stdout: "", stderr }, line);
  }
});

Deno.test("numbers are spelt as C's printf spells them", () => {
  const shown = [0.05, 0.404, 1000, 123456.7, 1234567, 0.00001, 120.5, 0];
  assertEquals(shown.map(shortNumber), [
    ...["0.05", "0.404", "1000", "123457", "1.23457e+06", "1e-05", "120.5", "0"],
  ]);
  assertEquals([0.5, 1.5, 2.5, 2.6, 1e15].map(wholeNumber), [
    ...["0", "2", "2", "3", "1000000000000000"],
  ]);
});

Deno.test("timers are spelt in minutes, seconds and milliseconds", () => {
  const texts = [716, 1200, 12_345, 59_000, 72_000, 600_000, 754_000].map(timerText);
  assertEquals(texts, ["716ms", "1.200ms", "12sec", "59sec", "1min12sec", "10min", "12min"]);
});
