/**
 * Raw frames on the real kernel: what a program with every capability could put on a link, and what
 * then passes by on another. Perl speaks to packet sockets, since every Debian has it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { wholeLines } from "../../src/kernel/lines.ts";
import { decodeHex, encodeHex } from "./hex.ts";

/** Opens a packet socket and finds the link's index; SIOCGIFINDEX is 0x8933, ETH_P_ALL is 3. */
const OPEN = 'socket(S,17,3,unpack("n",pack("S",3)))||die"socket $!";' +
  '$r=pack("a16x16",shift);ioctl(S,0x8933,$r)||die"link $!";' +
  '$a=pack("S n i x12",17,3,unpack("x16i",$r));';

const SEND = `${OPEN}send(S,pack("H*",$_),0,$a)||die"send $!"for@ARGV;`;

/** Prints each frame in hexadecimal digits, once; a frame that leaves lo also arrives there. */
const CAPTURE = `${OPEN}bind(S,$a)||die"bind $!";$|=1;print"ready\\n";alarm 20;` +
  'while(recv(S,$f,65536,0)){print unpack("H*",$f),"\\n"}';

/**
 * Sends frames from a link, as they are.
 *
 * @param enter Words that enter the link's namespace, to put before a program.
 * @param link Name of the link.
 * @param frames The frames, from their Ethernet headers on.
 */
export async function sendFrames(
  enter: readonly string[],
  link: string,
  frames: readonly Uint8Array[],
): Promise<void> {
  const [program = "perl", ...args] = [
    ...enter,
    "perl",
    "-e",
    SEND,
    link,
    ...frames.map(encodeHex),
  ];
  const { code, stderr } = await new Deno.Command(program, { args, stderr: "piped" }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
}

/** What passes by on a link, from now on. */
export interface Capture {
  /**
   * Waits for a frame.
   *
   * @param last The frame.
   * @returns All frames up to it.
   */
  until(last: Uint8Array): Promise<Uint8Array[]>;
}

/**
 * Listens on a link.
 *
 * @param enter Words that enter the link's namespace.
 * @param link Name of the link.
 */
export async function capture(enter: readonly string[], link: string): Promise<Capture> {
  const [program = "perl", ...args] = [...enter, "perl", "-e", CAPTURE, link];
  const child = new Deno.Command(program, { args, stdout: "piped" }).spawn();
  const lines = wholeLines(child.stdout);
  assertEquals((await lines.next()).value, "ready");
  return {
    until: async (last) => {
      const wanted = encodeHex(last);
      const frames: Uint8Array[] = [];
      for await (const line of lines) {
        frames.push(decodeHex(line));
        if (line.startsWith(wanted)) break;
      }
      child.kill();
      await child.status;
      return frames;
    },
  };
}
