import { compare, type Divergence } from "./divergence.ts";
import { QUIET } from "./scenes.ts";
import { type Command, lineOf, type Sequence } from "./sequence.ts";

/** Most comparisons that shrinking one divergence may take. */
const TRIES_MAX = 60;

/**
 * Finds a short sequence that still shows a divergence, by leaving out ever smaller parts.
 *
 * @param divergence What to shrink.
 * @returns The same divergence at the end of fewer commands.
 */
export async function shrink(divergence: Divergence): Promise<Divergence> {
  let tries = 0;
  const attempt = async (sequence: Sequence): Promise<Divergence | undefined> => {
    if (tries++ >= TRIES_MAX) return undefined;
    const again = (await compare(sequence)).divergence;
    return again !== undefined && isAlike(again, divergence) ? again : undefined;
  };
  let best = divergence;
  for (let size = Math.ceil(best.sequence.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let end = best.sequence.length - 1; end > 0; end -= size) {
      const begin = Math.max(0, end - size);
      const isKept = (command: Command) => lineOf(command).endsWith(QUIET);
      const shorter = best.sequence.filter((command, i) =>
        i < begin || i >= end || isKept(command)
      );
      if (shorter.length === best.sequence.length) continue;
      best = await attempt(shorter) ?? best;
      end = Math.min(end, best.sequence.length - 1 + size);
    }
  }
  return await shrinkBatches(best, attempt);
}

async function shrinkBatches(
  divergence: Divergence,
  attempt: (sequence: Sequence) => Promise<Divergence | undefined>,
): Promise<Divergence> {
  let best = divergence;
  for (let at = best.sequence.length - 1; at >= 0; at--) {
    for (let line = (best.sequence[at]?.stdin.length ?? 0) - 1; line >= 0; line--) {
      const shorter = best.sequence.map((command, i) =>
        i === at ? without(command, line) : command
      );
      best = await attempt(shorter) ?? best;
    }
  }
  return best;
}

function without(command: Command, line: number): Command {
  return { ...command, stdin: command.stdin.filter((_, i) => i !== line) };
}

/** Whether two divergences are about one tool and object: shrinking must not change the subject. */
function isAlike(a: Divergence, b: Divergence): boolean {
  return topic(a.command) === topic(b.command);
}

/** The tool and the object that a command is about, such as `tc filter`. */
export function topic({ words }: Command): string {
  const plain = words.filter((word) => !word.startsWith("-"));
  return plain.slice(0, 2).join(" ");
}
