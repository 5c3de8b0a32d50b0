/**
 * A program that puts frames on links of the namespace that it was started in. Each line of its
 * input is a link's name and a frame in hexadecimal. It needs a packet socket, which Deno does not
 * have, so it asks the C library.
 *
 * @module
 */

/** Numbers of `linux/if_ether.h` and `sys/socket.h`. */
const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCKADDR_LL_BYTES = 20;

const libc = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
}).symbols;

/** With no protocol, the socket hears nothing, and each frame says its own. */
const socket = libc.socket(AF_PACKET, SOCK_RAW, 0);
if (socket < 0) {
  // deno-lint-ignore no-console
  console.error("no raw socket can be opened here");
  Deno.exit(1);
}

function addressOf(link: string): Uint8Array<ArrayBuffer> {
  const index = libc.if_nametoindex(new TextEncoder().encode(`${link}\0`));
  const address = new DataView(new ArrayBuffer(SOCKADDR_LL_BYTES));
  address.setUint16(0, AF_PACKET, true);
  address.setInt32(4, index, true);
  return new Uint8Array(address.buffer);
}

const text = await new Response(Deno.stdin.readable).text();
const addresses = new Map<string, Uint8Array<ArrayBuffer>>();
for (const line of text.split("\n").filter((each) => each !== "")) {
  const [link = "", hex = ""] = line.split(" ");
  const address = addresses.get(link) ?? addressOf(link);
  addresses.set(link, address);
  const frame = Uint8Array.fromHex(hex);
  const sent = libc.sendto(socket, frame, BigInt(frame.length), 0, address, SOCKADDR_LL_BYTES);
  if (sent < 0) throw new Error(`the frame ${hex} was not taken by ${link}`);
}
