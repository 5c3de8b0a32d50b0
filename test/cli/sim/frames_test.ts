import { assertEquals, assertRejects } from "@std/assert";
import { encodeFrame, readFrame } from "../../../src/cli/sim/frames.ts";

/** Gives bytes a few at a time, as a socket may. */
function trickle(bytes: Uint8Array, atOnce: number) {
  let at = 0;
  return {
    read: (buffer: Uint8Array) => {
      const part = bytes.subarray(at, at + Math.min(atOnce, buffer.length));
      buffer.set(part);
      at += part.length;
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
  };
}

Deno.test("readFrame() gives back the texts of encodeFrame(), however they arrive", async () => {
  for (const texts of [[], [""], ["ip", "link"], ["", "ü\n\0", "x".repeat(70_000)]]) {
    for (const atOnce of [1, 3, 1000]) {
      assertEquals(await readFrame(trickle(encodeFrame(texts), atOnce)), texts);
    }
  }
});

Deno.test("readFrame() takes no frame that is cut short or lies about its size", async () => {
  const frame = encodeFrame(["ip", "link"]);
  assertEquals(await readFrame(trickle(frame.subarray(0, 9), 4)), undefined);
  assertEquals(await readFrame(trickle(new Uint8Array(), 4)), undefined);
  const huge = new Uint8Array([255, 255, 255, 255]);
  await assertRejects(() => readFrame(trickle(huge, 4)), RangeError);
  const overlong = new Uint8Array([0, 0, 0, 4, 0, 0, 0, 9]);
  await assertRejects(() => readFrame(trickle(overlong, 8)), RangeError);
});
