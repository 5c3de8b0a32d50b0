/**
 * A program that puts frames on one link of the namespace that it was started in, and hears those
 * that arrive there: each line of its input is a frame to send, each line of its output one that
 * came, in Base64. Its argument is the link's name. It needs a packet socket, which Deno does not
 * have, so it asks the C library.
 *
 * @module
 */

import { wholeLines } from "../../../src/kernel/lines.ts";

/** Numbers of `linux/if_packet.h`, `linux/if_ether.h` and `sys/socket.h`. */
const AF_PACKET = 17;
const SOCK_RAW = 3;
const ETH_P_ALL = 0x0003;
const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;
const SOCKADDR_LL_BYTES = 20;
const FRAME_BYTES_MAX = 66_000;

const libc = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize", nonblocking: true },
}).symbols;

function check(name: string, result: number | bigint): number {
  if (result < 0) throw new Error(`${name}() failed`);
  return Number(result);
}

function open(link: string): number {
  const protocol = (ETH_P_ALL & 0xff) << 8 | ETH_P_ALL >>> 8;
  const socket = check("socket", libc.socket(AF_PACKET, SOCK_RAW, protocol));
  const index = libc.if_nametoindex(new TextEncoder().encode(`${link}\0`));
  const address = new DataView(new ArrayBuffer(SOCKADDR_LL_BYTES));
  address.setUint16(0, AF_PACKET, true);
  address.setUint16(2, ETH_P_ALL);
  address.setInt32(4, index, true);
  check("bind", libc.bind(socket, new Uint8Array(address.buffer), SOCKADDR_LL_BYTES));
  const one = Uint8Array.from([1, 0, 0, 0]);
  check("setsockopt", libc.setsockopt(socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, one, 4));
  return socket;
}

async function print(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}

async function hear(socket: number): Promise<void> {
  const buffer = new Uint8Array(FRAME_BYTES_MAX);
  for (;;) {
    const length = check("recv", await libc.recv(socket, buffer, BigInt(buffer.length), 0));
    await print(buffer.subarray(0, length).toBase64());
  }
}

const socket = open(Deno.args[0] ?? "");
void hear(socket);
await print("ready");
for await (const line of wholeLines(Deno.stdin.readable)) {
  const frame = Uint8Array.fromBase64(line);
  check("send", libc.send(socket, frame, BigInt(frame.length), 0));
}
