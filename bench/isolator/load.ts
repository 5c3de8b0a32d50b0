import { assert } from "@std/assert";
import { HOST_ADDRESS } from "../../src/cli/demo/world.ts";
import { HostKernel } from "../../src/kernel/host_kernel.ts";
import { run } from "./cni.ts";

/** Where packets go to. */
export interface Target {
  /** The process in whose network namespace the server runs. */
  readonly pid: number;
  /** The server's port. */
  readonly port: number;
}

/** How long one run takes, in seconds. */
const SECONDS = 1;
/** Bytes of data in a packet. */
const PAYLOAD_BYTES = 64;

const OUTSIDE = ["--net=/run/netns/outside"];

/** Sender and server each have a processor, so that where they run is no matter of chance. */
const AFFINITY = navigator.hardwareConcurrency > 1 ? ["-A", "0,1"] : [];

const ACCEPT = "$s=IO::Socket::INET->new(LocalPort=>shift,Listen=>1024,ReuseAddr=>1)||die;" +
  "$|=1;print qq(ready\\n);while($c=$s->accept){close$c}";
const CONNECT = "($h,$p,$d)=@ARGV;$e=time+$d;while(time<$e){" +
  "$c=IO::Socket::INET->new(PeerAddr=>$h,PeerPort=>$p,Timeout=>1)||next;" +
  "sysread$c,$b,1;$n++}print$n/$d";

/**
 * Counts the packets that arrive in a target's network from outside, as fast as they can be sent.
 * The link counts them: a server may be too slow to take them all.
 *
 * @param target The target.
 * @returns Packets a second that arrived.
 */
export async function packetsPerSecond(target: Target): Promise<number> {
  const port = String(target.port);
  const server = startServer(target, ["iperf3", "-s", "-1", "--forceflush", "-p", port]);
  await firstLine(server);
  const before = await packetsReceived(target);
  const { stdout } = await run("nsenter", [
    ...OUTSIDE,
    ...["iperf3", "-c", HOST_ADDRESS, "-p", port, "-u", "-b", "0", ...AFFINITY],
    ...["-l", String(PAYLOAD_BYTES), "-t", String(SECONDS), "-J"],
  ]);
  const received = await packetsReceived(target) - before;
  await server.status;
  const { end, error } = JSON.parse(stdout);
  assert(error === undefined, `iperf3: ${error}`);
  return received / end.sum.seconds;
}

/** Packets that a target's link has received since it is there. */
async function packetsReceived({ pid }: Target): Promise<number> {
  const text = await new HostKernel().readFile(`/proc/${pid}/net/dev`);
  const counter = /^ *eth0: *\d+ +(\d+)/m.exec(text)?.[1];
  assert(counter !== undefined, "a target has a link to the host");
  return Number(counter);
}

/**
 * Counts the connections that a target takes from outside, one after another: each ends before the
 * next begins, so that none waits in a full queue.
 *
 * @param target The target.
 * @returns Connections a second.
 */
export async function connectionsPerSecond(target: Target): Promise<number> {
  const perl = ["perl", "-MIO::Socket::INET", "-MTime::HiRes=time", "-e"];
  const server = startServer(target, [...perl, ACCEPT, String(target.port)]);
  await firstLine(server);
  const { stdout } = await run("nsenter", [
    ...OUTSIDE,
    ...perl,
    CONNECT,
    ...[HOST_ADDRESS, String(target.port), String(SECONDS)],
  ]);
  server.kill("SIGKILL");
  await server.status;
  return Number(stdout);
}

function startServer({ pid }: Target, words: readonly string[]): Deno.ChildProcess {
  const args = [`--target=${pid}`, "--net", ...words];
  return new Deno.Command("nsenter", { args, stdin: "null", stdout: "piped" }).spawn();
}

/** A server says something once it listens. */
async function firstLine({ stdout }: Deno.ChildProcess): Promise<void> {
  const reader = stdout.getReader();
  await reader.read();
  reader.releaseLock();
}
