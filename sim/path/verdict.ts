/** What the kernel does with a packet after classification, by its own numbers (`TC_ACT_…`). */
export const VERDICT = {
  ok: 0,
  reclassify: 1,
  drop: 2,
  pipe: 3,
  stolen: 4,
  queued: 5,
  trap: 8,
} as const;
