import { EXIT, ExitWith } from "../exit.ts";
import type { ToolRequest } from "./simulated_host.ts";

/**
 * One thing that happened to a simulated host. The host is the same on every machine and at every
 * time if the same things happen to it, so what happened is its whole state.
 */
export type JournalEntry =
  | {
    readonly kind: "tool";
    readonly request: ToolRequest;
    /** Files that the tool read, by the paths that it named. */
    readonly files: Readonly<Record<string, string>>;
  }
  /** A program went into a namespace; programs are numbered from 0. */
  | { readonly kind: "enter"; readonly name: string; readonly pid: number; readonly inode: number }
  /** A program ended. */
  | { readonly kind: "leave"; readonly program: number };

const FIRST_LINE = '{"journal":"berth sim","version":1}';

/** All that happened to a simulated host, in a file of its own. */
export class Journal implements Disposable {
  readonly #file: Deno.FsFile;
  /** What had happened when the journal was opened. */
  readonly past: readonly JournalEntry[];

  private constructor(file: Deno.FsFile, past: readonly JournalEntry[]) {
    this.#file = file;
    this.past = past;
  }

  /**
   * Opens the journal of a folder, which is made where there is none.
   *
   * @param folder The folder.
   * @throws {ExitWith} If another command has it open, or its journal is none of ours.
   */
  static async open(folder: string): Promise<Journal> {
    await Deno.mkdir(folder, { recursive: true });
    const path = `${folder}/journal`;
    const file = await Deno.open(path, { read: true, append: true, create: true });
    const refuse = (reason: string): never => {
      file.close();
      throw new ExitWith(EXIT.failed, reason);
    };
    if (!await file.tryLock(true)) refuse(`Another command uses "${folder}"; wait until it ends`);
    const text = await Deno.readTextFile(path);
    // Where its command was killed, the last line may be cut short: then it has not happened.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole !== text) await file.truncate(new TextEncoder().encode(whole).length);
    const [first, ...lines] = whole.split("\n").slice(0, -1);
    if (first !== undefined && first !== FIRST_LINE) {
      refuse(`"${path}" is no journal of a simulated host; name another folder`);
    }
    const journal = new Journal(file, lines.map((line) => JSON.parse(line)));
    if (first === undefined) journal.#write(FIRST_LINE);
    return journal;
  }

  /** @param entry What has just happened. */
  append(entry: JournalEntry): void {
    this.#write(JSON.stringify(entry));
  }

  /** Closes it, for the next command. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  #write(line: string): void {
    const bytes = new TextEncoder().encode(line + "\n");
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
  }
}
