/** Control sequences of a terminal: another screen without a cursor, and back. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME_AND_CLEAR = "\x1b[H\x1b[2J";

/** The keys that end a program: q, Ctrl-C, Ctrl-D. */
const QUIT = new Set(["q", "\x03", "\x04"]);

const encoder = new TextEncoder();

/** A terminal that shows a page and tells of keys. */
export class Screen implements Disposable {
  #isOpen = true;

  /**
   * Takes the terminal over.
   *
   * @param onKey Hears of each key but those that quit.
   */
  constructor(onKey: (key: string) => void) {
    Deno.stdin.setRaw(true);
    Deno.stdout.writeSync(encoder.encode(ENTER));
    this.#listen(onKey).catch(() => this.#isOpen = false);
  }

  /** Whether nobody has quit yet. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Shows a page, cut to what fits.
   *
   * @param lines Its lines.
   */
  show(lines: readonly string[]): void {
    const { columns, rows } = Deno.consoleSize();
    const fitting = lines.slice(0, rows).map((line) => line.slice(0, columns));
    Deno.stdout.writeSync(encoder.encode(HOME_AND_CLEAR + fitting.join("\r\n")));
  }

  async #listen(onKey: (key: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(16);
    while (this.#isOpen) {
      const length = await Deno.stdin.read(buffer);
      const key = decoder.decode(buffer.subarray(0, length ?? 0));
      if (length === null || QUIT.has(key)) this.#isOpen = false;
      else onKey(key);
    }
  }

  /** Gives the terminal back as it was. */
  [Symbol.dispose](): void {
    this.#isOpen = false;
    Deno.stdout.writeSync(encoder.encode(LEAVE));
    Deno.stdin.setRaw(false);
  }
}
