/**
 * A program that holds packet sockets on many links, in many namespaces, and raw sockets of their
 * stacks. It takes frames to put on links, and tells what then arrives where.
 *
 * Its arguments are the sockets: for a link the path of its namespace, a blank, and its name; for a
 * stack the path and a protocol's number. What it reads and writes are messages: their length in
 * four bytes, then frames, each with the number of its socket in one byte and its length in two;
 * the most significant byte is first. It needs setns() and packet sockets, which Deno does not
 * have, so it asks the C library.
 *
 * @module
 */

/** Numbers of `linux/if_packet.h`, `linux/if_ether.h`, `sys/socket.h`, `fcntl.h` and `sched.h`. */
const AF_INET = 2;
const AF_PACKET = 17;
const SOCK_RAW = 3;
const ETH_P_ALL = 0x0003;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;
const SOCKADDR_LL_BYTES = 20;
const MSG_DONTWAIT = 0x40;
const O_RDONLY = 0;
const CLONE_NEWNET = 0x40000000;

const FRAME_BYTES_MAX = 66_000;
const RECEIVE_BUFFER_BYTES = 8_000_000;
/** How long nothing must come, in microseconds, and how often, before all has come. */
const QUIET_US = 500;
const QUIET_ROUNDS = 3;

const libc = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  setns: { parameters: ["i32", "i32"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  __errno_location: { parameters: [], result: "pointer" },
  usleep: { parameters: ["u32"], result: "i32" },
}).symbols;

function check(name: string, result: number | bigint): number {
  if (result >= 0) return Number(result);
  const errno = libc.__errno_location();
  const code = errno === null ? 0 : Deno.UnsafePointerView.getCString(errno).charCodeAt(0);
  throw new Error(`${name}() failed with errno ${code}`);
}

function text(words: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${words}\0`);
}

function number(value: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, value, true);
  return new Uint8Array(view.buffer);
}

function openSocket(word: string): number {
  const [namespace = "", name = ""] = word.split(" ");
  check("setns", libc.setns(check("open", libc.open(text(namespace), O_RDONLY)), CLONE_NEWNET));
  const isStack = /^\d+$/.test(name);
  const socket = isStack ? openStack(Number(name)) : openLink(name);
  const size = number(RECEIVE_BUFFER_BYTES);
  check("setsockopt", libc.setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, size, 4));
  return socket;
}

function openStack(protocol: number): number {
  return check("socket", libc.socket(AF_INET, SOCK_RAW, protocol));
}

function openLink(link: string): number {
  const protocol = (ETH_P_ALL & 0xff) << 8 | ETH_P_ALL >>> 8;
  const socket = check("socket", libc.socket(AF_PACKET, SOCK_RAW, protocol));
  const address = new DataView(new ArrayBuffer(SOCKADDR_LL_BYTES));
  address.setUint16(0, AF_PACKET, true);
  address.setUint16(2, ETH_P_ALL);
  address.setInt32(4, libc.if_nametoindex(text(link)), true);
  check("bind", libc.bind(socket, new Uint8Array(address.buffer), SOCKADDR_LL_BYTES));
  const option = PACKET_IGNORE_OUTGOING;
  check("setsockopt", libc.setsockopt(socket, SOL_PACKET, option, number(1), 4));
  return socket;
}

/** Takes all that has come, until nothing has come for a while. */
function drain(sockets: readonly number[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(FRAME_BYTES_MAX);
  for (let quiet = 0; quiet < QUIET_ROUNDS;) {
    quiet++;
    sockets.forEach((socket, i) => {
      for (;;) {
        const length = Number(libc.recv(socket, buffer, BigInt(buffer.length), MSG_DONTWAIT));
        if (length < 0) break;
        parts.push(Uint8Array.of(i, length >>> 8, length & 0xff), buffer.slice(0, length));
        quiet = 0;
      }
    });
    libc.usleep(QUIET_US);
  }
  const whole = new Uint8Array(4 + parts.reduce((sum, part) => sum + part.length, 0));
  new DataView(whole.buffer).setUint32(0, whole.length - 4);
  let at = 4;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function fire(sockets: readonly number[], message: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(message.buffer, message.byteOffset);
  for (let at = 0; at < message.length;) {
    const socket = sockets[message[at] ?? 0] ?? 0;
    const length = view.getUint16(at + 1);
    const frame = message.slice(at + 3, at + 3 + length);
    check("send", libc.send(socket, frame, BigInt(length), 0));
    at += 3 + length;
  }
}

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

function read(length: number): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = Deno.stdin.readSync(bytes.subarray(at));
    if (count === null) return undefined;
    at += count;
  }
  return bytes;
}

const sockets = Deno.args.map(openSocket);
write(new Uint8Array(4));
for (;;) {
  const head = read(4);
  if (head === undefined) break;
  const message = read(new DataView(head.buffer).getUint32(0));
  if (message === undefined) break;
  fire(sockets, message);
  write(drain(sockets));
}
