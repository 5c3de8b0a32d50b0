import { EXIT, ExitWith } from "../exit.ts";

/** The folder that keeps a simulated host from one command to the next, open for this one. */
export class KeptHost implements Disposable {
  readonly #path: string;
  readonly #lock: Deno.FsFile;
  /** The host as the last command left it, as a dump; undefined for a new one. */
  readonly text: string | undefined;

  private constructor(path: string, lock: Deno.FsFile, text: string | undefined) {
    this.#path = path;
    this.#lock = lock;
    this.text = text;
  }

  /**
   * Opens a folder, which is made where there is none.
   *
   * @param folder The folder.
   * @throws {ExitWith} If another command has it open.
   */
  static async open(folder: string): Promise<KeptHost> {
    await Deno.mkdir(folder, { recursive: true });
    const lock = await Deno.open(`${folder}/lock`, { write: true, create: true });
    if (!await lock.tryLock(true)) {
      lock.close();
      throw new ExitWith(EXIT.failed, `Another command uses "${folder}"; wait until it ends`);
    }
    const path = `${folder}/host`;
    return new KeptHost(path, lock, await readIfThere(path));
  }

  /** Where the host is written. */
  get path(): string {
    return this.#path;
  }

  /** @param text The host as it is now, as a dump. A reader finds all of it, or the last one. */
  write(text: string): void {
    const draft = `${this.#path}.new`;
    Deno.writeTextFileSync(draft, text);
    Deno.renameSync(draft, this.#path);
  }

  /** Closes it, for the next command. */
  [Symbol.dispose](): void {
    this.#lock.close();
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
