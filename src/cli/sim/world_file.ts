import { EXIT, ExitWith, UsageError } from "../exit.ts";
import type { HostSession } from "./host_session.ts";
import { SIMULATED_TOOLS } from "./simulated_host.ts";

/** One command of a world file. */
interface WorldCommand {
  /** Number of its line, from 1. */
  readonly line: number;
  readonly words: readonly string[];
}

/** Most words of a line, as the tools themselves have it. */
const WORDS_MAX = 511;

/**
 * Reads a world file: commands of `ip`, `tc`, `sysctl` and their like, one a line, as in a shell
 * but with nothing except quotes; `#` begins a comment.
 *
 * @param text The file's content.
 * @throws {UsageError} If a line does not begin with a tool.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const [command] = parseWorldFile("# a host\nip link set lo up\n");
 * assertEquals(command, { line: 2, words: ["ip", "link", "set", "lo", "up"] });
 * ```
 */
export function parseWorldFile(text: string): WorldCommand[] {
  return text.split("\n").flatMap((content, index) => {
    const line = index + 1;
    const words: string[] = [];
    for (const match of content.matchAll(/"([^"]*)"|'([^']*)'|#.*|([^\s#]\S*)/g)) {
      const [, double, single, bare] = match;
      const word = double ?? single ?? bare;
      if (word !== undefined) words.push(word);
      if (words.length > WORDS_MAX) {
        throw new UsageError(`--world: line ${line} has more than ${WORDS_MAX} words`);
      }
    }
    if (words.length === 0) return [];
    if (SIMULATED_TOOLS.some((tool) => tool === words[0])) return [{ line, words }];
    const tools = SIMULATED_TOOLS.join(", ");
    throw new UsageError(`--world: line ${line} begins with none of ${tools}: "${words[0]}"`);
  });
}

/**
 * Makes a host what a world file says.
 *
 * @param session The host.
 * @param text The file's content.
 * @throws {UsageError} If it cannot be read.
 * @throws {ExitWith} If a command of it fails.
 */
export function applyWorldFile(session: HostSession, text: string): void {
  for (const { line, words: [name, ...args] } of parseWorldFile(text)) {
    const tool = SIMULATED_TOOLS.find((each) => each === name);
    if (tool === undefined) continue;
    const request = { tool, args, stdin: "", namespace: undefined };
    const answer = session.answer(request, () => undefined);
    if (answer.kind === "exit" && answer.output.status === 0) continue;
    const reason = answer.kind === "exit"
      ? answer.output.stderr.trim()
      : "it starts a program, which a world file cannot";
    throw new ExitWith(EXIT.failed, `Line ${line} of the world failed: ${reason}`);
  }
}
