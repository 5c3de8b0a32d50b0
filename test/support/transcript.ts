/**
 * Recorded runs of the real tools on a real kernel, as text: read, written, compared.
 *
 * ```text
 * # kernel 6.18.44, iproute2-6.1.0        what it was recorded on
 * @ process a                             starts a process "a" in a namespace of its own
 * @ socket listen web 127.0.0.1:8080      opens or changes a socket; see recorded_sockets.ts
 * @ send 20 100 10.0.0.2 9 0              20 UDP datagrams of 100 bytes to that port, type of
 *                                         service 0, from port 40000, one right after the other
 * @ wait 500                              lets 500 milliseconds pass
 * $ ip link add v0 type veth peer name v1 netns {a}
 * < a line of standard input
 * > a line of standard output
 * ! a line of standard error
 * ? 2                                     exit status, where it is not 0
 * ```
 *
 * `{a}` stands for the process id. MAC addresses that no command gave are `{mac 1}`, `{mac 2}`, in
 * the order in which they appear; times that passed are `N sec`, and tokens `N` once packets were sent.
 *
 * @module
 */

/** One command and what it answered, or one thing done around the commands. */
export type Step =
  | { readonly kind: "comment"; readonly text: string }
  | { readonly kind: "process"; readonly name: string }
  | { readonly kind: "kill"; readonly name: string }
  | SocketStep
  | { readonly kind: "send"; readonly datagrams: Datagrams }
  | { readonly kind: "wait"; readonly milliseconds: number }
  | { readonly kind: "command"; readonly run: RecordedRun };

/** Something done to a socket between the commands. */
export interface SocketStep {
  readonly kind: "socket";
  /** What is done, to which socket, and with what. */
  readonly words: readonly string[];
}

/** Datagrams that leave the first namespace from {@linkcode SOURCE_PORT}. */
export interface Datagrams {
  readonly count: number;
  /** Bytes of payload of each. */
  readonly bytes: number;
  readonly address: string;
  readonly port: number;
  /** Type of service of their headers; its lowest two bits are for congestion notification. */
  readonly tos: number;
}

/** Port that all datagrams of transcripts come from. */
export const SOURCE_PORT = 40_000;

/** A command with its answer. */
export interface RecordedRun {
  /** The command as it stands in the transcript, placeholders and all. */
  readonly line: string;
  /** Lines of standard input. */
  readonly stdin: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** Marks an output whose last line has no line break. */
const UNENDED = "\\ no line break";

/**
 * Reads a transcript.
 *
 * @param text The whole file.
 * @throws {SyntaxError} If a line has no known mark.
 */
export function parseTranscript(text: string): Step[] {
  const steps: Step[] = [];
  let run: { line: string; stdin: string[]; out: string[]; err: string[]; status: number } | null =
    null;
  const close = () => {
    if (run === null) return;
    const { line, stdin, out, err, status } = run;
    const answer = { stdout: joinLines(out), stderr: joinLines(err), status };
    steps.push({ kind: "command", run: { line, stdin, ...answer } });
    run = null;
  };
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const [mark, rest] = [line.slice(0, 1), line.slice(2)];
    if (mark === "$") {
      close();
      run = { line: rest, stdin: [], out: [], err: [], status: 0 };
    } else if (mark === "<" && run !== null) run.stdin.push(rest);
    else if (mark === ">" && run !== null) run.out.push(rest);
    else if (mark === "!" && run !== null) run.err.push(rest);
    else if (mark === "?" && run !== null) run.status = Number(rest);
    else {
      close();
      steps.push(parseMark(mark, rest, line));
    }
  }
  close();
  return steps;
}

function parseMark(mark: string, rest: string, line: string): Step {
  if (mark === "#" || line === "") return { kind: "comment", text: line };
  const [kind, name, ...more] = rest.split(" ");
  if (mark === "@" && name !== undefined) {
    if (kind === "process" || kind === "kill") return { kind, name };
    if (kind === "socket") return { kind, words: [name, ...more] };
    if (kind === "wait") return { kind, milliseconds: Number(name) };
    if (kind === "send") return { kind, datagrams: parseDatagrams([name, ...more]) };
  }
  throw new SyntaxError(`A transcript cannot hold the line "${line}"`);
}

function parseDatagrams(words: readonly string[]): Datagrams {
  const [count, bytes, address = "", port, tos] = words;
  return {
    count: Number(count),
    bytes: Number(bytes),
    address,
    port: Number(port),
    tos: Number(tos),
  };
}

/**
 * Writes a transcript.
 *
 * @param steps What happened.
 */
export function formatTranscript(steps: readonly Step[]): string {
  return steps.map((step) => {
    if (step.kind === "comment") return `${step.text}\n`;
    if (step.kind === "socket") return `@ socket ${step.words.join(" ")}\n`;
    if (step.kind === "wait") return `@ wait ${step.milliseconds}\n`;
    if (step.kind === "send") {
      const { count, bytes, address, port, tos } = step.datagrams;
      return `@ send ${count} ${bytes} ${address} ${port} ${tos}\n`;
    }
    if (step.kind !== "command") return `@ ${step.kind} ${step.name}\n`;
    const { line, stdin, stdout, stderr, status } = step.run;
    return `$ ${line}\n` + stdin.map((input) => mark("<", input)).join("") +
      splitLines(stdout).map((output) => mark(">", output)).join("") +
      splitLines(stderr).map((output) => mark("!", output)).join("") +
      (status === 0 ? "" : `? ${status}\n`);
  }).join("");
}

function mark(sign: string, line: string): string {
  return line === "" ? `${sign}\n` : `${sign} ${line}\n`;
}

function joinLines(lines: readonly string[]): string {
  if (lines.at(-1) === UNENDED) return lines.slice(0, -1).join("\n");
  return lines.map((line) => line + "\n").join("");
}

function splitLines(text: string): string[] {
  if (text === "") return [];
  return text.endsWith("\n") ? text.slice(0, -1).split("\n") : [...text.split("\n"), UNENDED];
}

/**
 * Splits a command as a shell would, knowing quotes and nothing else.
 *
 * @param line The command.
 */
export function splitWords(line: string): string[] {
  const words = line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g);
  return [...words].map(([, double, single, bare]) => double ?? single ?? bare ?? "");
}

/** Takes what differs from run to run out of the tools' text. One for each whole transcript. */
export class Normaliser {
  readonly #macs: Map<string, string> = new Map();
  readonly #pids: ReadonlyMap<string, number>;
  #given = new Set<string>();
  #hasTraffic = false;

  /** @param pids Process ids by the names that the transcript gives them. */
  constructor(pids: ReadonlyMap<string, number>) {
    this.#pids = pids;
  }

  /** @param text What a command says: its MAC addresses are no accident. */
  learn(text: string): void {
    for (const [mac] of text.matchAll(MAC)) this.#given.add(mac.toLowerCase());
  }

  /** Hears that packets were sent: from now on tokens are those of the moment. */
  sent(): void {
    this.#hasTraffic = true;
  }

  /** @param text What a tool wrote. @returns The same for every run. */
  normalise(text: string): string {
    let plain = text.replace(MAC, (mac) => this.#nameOf(mac))
      .replace(/(installed|used|expires) \d+ sec/gi, "$1 N sec")
      .replace(/"(installed|(?:last|first)_used)":\d+/g, '"$1":N');
    if (this.#hasTraffic) plain = plain.replace(/\b(c?tokens:) -?\d+/g, "$1 N");
    for (const [name, pid] of this.#pids) plain = plain.replaceAll(`${pid}`, `{${name}}`);
    return plain;
  }

  #nameOf(mac: string): string {
    if (this.#given.has(mac) || /^(00|ff)(:\1){5}$/.test(mac)) return mac;
    const known = this.#macs.get(mac);
    if (known !== undefined) return known;
    const name = `{mac ${this.#macs.size + 1}}`;
    this.#macs.set(mac, name);
    return name;
  }
}

const MAC = /\b[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}\b/g;
