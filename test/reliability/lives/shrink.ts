import { play, type Script } from "./play.ts";

/** Most lives that shrinking one may take. */
const TRIES_MAX = 80;

/**
 * Finds a short life that still ends as a violation, by leaving out ever smaller parts.
 *
 * @param script A life that does.
 * @param steps How many of its steps were lived; what came after them plays no part.
 * @param live Lives a life.
 */
export async function shrink(
  script: Script,
  steps: number,
  live: typeof play = play,
): Promise<Script> {
  let best: Script = { ...script, steps: script.steps.slice(0, steps + 1) };
  let tries = 0;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let end = best.steps.length; end > 0; end -= size) {
      const begin = Math.max(0, end - size);
      const shorter = {
        ...best,
        steps: best.steps.filter((_, i) => i < begin || i >= end),
      };
      if (tries++ >= TRIES_MAX) return best;
      if ((await live(shorter)).violation !== undefined) best = shorter;
    }
  }
  return best;
}
