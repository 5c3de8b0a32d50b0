/**
 * What the tools of a simulated host and the host say to each other: lists of texts. A frame is the
 * length of its body, then each text with its own length in front; lengths have 4 bytes, the most
 * significant first.
 *
 * @module
 */

const LENGTH_BYTES = 4;

/** Most bytes of a frame: a batch of a million lines is smaller. */
const FRAME_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Encodes a list of texts.
 *
 * @param texts The texts.
 */
export function encodeFrame(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  const parts = texts.map((text) => new TextEncoder().encode(text));
  const bodyBytes = parts.reduce((sum, part) => sum + LENGTH_BYTES + part.length, 0);
  const frame = new Uint8Array(LENGTH_BYTES + bodyBytes);
  const view = new DataView(frame.buffer);
  view.setUint32(0, bodyBytes);
  let at = LENGTH_BYTES;
  for (const part of parts) {
    view.setUint32(at, part.length);
    frame.set(part, at + LENGTH_BYTES);
    at += LENGTH_BYTES + part.length;
  }
  return frame;
}

/**
 * Reads one frame.
 *
 * @param stream Where from; what follows the frame stays there.
 * @returns Its texts; undefined where the stream ends before it is whole.
 * @throws {RangeError} If it claims to be larger than any is.
 */
export async function readFrame(stream: FrameReader): Promise<string[] | undefined> {
  const head = await readFull(stream, LENGTH_BYTES);
  if (head === undefined) return undefined;
  const length = new DataView(head.buffer).getUint32(0);
  if (length > FRAME_BYTES_MAX) throw new RangeError(`A frame cannot have ${length} bytes`);
  const body = await readFull(stream, length);
  return body === undefined ? undefined : decodeBody(body);
}

/** What frames are read from. */
export interface FrameReader {
  /**
   * Reads some bytes.
   *
   * @param buffer Where they go.
   * @returns How many there were; null at the end.
   */
  read(buffer: Uint8Array): Promise<number | null>;
}

async function readFull(
  stream: FrameReader,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await stream.read(bytes.subarray(at));
    if (count === null) return undefined;
    at += count;
  }
  return bytes;
}

function decodeBody(body: Uint8Array<ArrayBuffer>): string[] {
  const view = new DataView(body.buffer);
  const texts: string[] = [];
  for (let at = 0; at < body.length;) {
    const begin = at + LENGTH_BYTES;
    at = begin <= body.length ? begin + view.getUint32(at) : begin;
    if (at > body.length) throw new RangeError("A text of a frame ends behind the frame");
    texts.push(new TextDecoder().decode(body.subarray(begin, at)));
  }
  return texts;
}
