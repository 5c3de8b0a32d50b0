import { assert } from "@std/assert";
import { HOST_ADDRESS } from "../../src/cli/demo/world.ts";
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
/** Smallest payload with which iperf3 can count what is lost. */
const PAYLOAD_BYTES = 64;

const OUTSIDE = ["--net=/run/netns/outside"];

const ACCEPT = "$s=IO::Socket::INET->new(LocalPort=>shift,Listen=>1024,ReuseAddr=>1)||die;" +
  "$|=1;print qq(ready\\n);while($c=$s->accept){close$c}";
const CONNECT = "($h,$p,$d)=@ARGV;$e=time+$d;while(time<$e){" +
  "IO::Socket::INET->new(PeerAddr=>$h,PeerPort=>$p,Timeout=>1)&&$n++}print$n/$d";

/**
 * Counts the packets that reach a target from outside, as fast as they can be sent.
 *
 * @param target The target.
 * @returns Packets a second that arrived.
 */
export async function packetsPerSecond(target: Target): Promise<number> {
  const server = startServer(target, [
    "iperf3",
    "-s",
    "-1",
    "--forceflush",
    "-p",
    String(target.port),
  ]);
  await firstLine(server);
  const { stdout } = await run("nsenter", [
    ...OUTSIDE,
    ...["iperf3", "-c", HOST_ADDRESS, "-p", String(target.port), "-u", "-b", "0"],
    ...["-l", String(PAYLOAD_BYTES), "-t", String(SECONDS), "-J"],
  ]);
  await server.status;
  const { end, error } = JSON.parse(stdout);
  assert(error === undefined, `iperf3: ${error}`);
  const { packets, lost_packets: lost, seconds } = end.sum;
  return (packets - lost) / seconds;
}

/**
 * Counts the connections that a target takes from outside, one after another.
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
