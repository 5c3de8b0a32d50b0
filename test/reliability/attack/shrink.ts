import type { Escape } from "./escape.ts";
import type { Shot } from "./verdict.ts";

/** Most frames that shrinking one escape may take. */
const TRIES_MAX = 400;

/** Smallest frame that a packet socket takes, in bytes. */
const FRAME_BYTES_MIN = 14;

/**
 * Finds a plain frame that still escapes: as short as can be, and with zeros where nothing depends
 * on what is there.
 *
 * @param shot A frame that escapes.
 * @param isEscape Tells whether one does, and how.
 * @returns How the plainest does, or undefined where the frame itself no longer does.
 */
export async function shrink(
  shot: Shot,
  isEscape: (shot: Shot) => Promise<Escape | undefined>,
): Promise<Escape | undefined> {
  let best = await isEscape(shot);
  let tries = 0;
  const attempt = async (frame: Uint8Array): Promise<boolean> => {
    if (tries++ >= TRIES_MAX) return false;
    const escape = await isEscape({ ...shot, frame });
    best = escape ?? best;
    return escape !== undefined;
  };
  const frameOf = () => best?.shot.frame ?? shot.frame;
  for (let size = frameOf().length; size >= 1; size = Math.floor(size / 2)) {
    while (frameOf().length - size >= FRAME_BYTES_MIN) {
      if (!await attempt(frameOf().slice(0, -size))) break;
    }
  }
  for (let size = 16; size >= 1; size = size / 4) {
    for (let begin = 0; begin < frameOf().length; begin += size) {
      const frame = frameOf().slice();
      if (frame.subarray(begin, begin + size).every((byte) => byte === 0)) continue;
      await attempt(frame.fill(0, begin, begin + size));
    }
  }
  return best;
}
