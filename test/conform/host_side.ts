import { output } from "../../src/cli/demo/sandbox.ts";
import type { Output } from "../../src/kernel/kernel_network.ts";
import type { Aftermath, Noticed } from "./notice.ts";
import type { Command, Sequence } from "./sequence.ts";

const ENVIRONMENT = { LC_ALL: "C", PATH: "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin" };

const SEND_FRAMES = [
  ...[Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-ffi"],
  new URL("packets/send_frames_program.ts", import.meta.url).pathname,
];

/** The words that start a tool; the one for frames is a program of ours. */
function wordsOf({ words: [tool = "", ...args] }: Command): readonly string[] {
  return tool === "frames" ? [...SEND_FRAMES, ...args] : [tool, ...args];
}

/** @returns Why no frames can be sent here, in a few words; undefined where they can. */
export async function missingForFrames(): Promise<string | undefined> {
  const { status, stderr } = await output(SEND_FRAMES);
  return status === 0 ? undefined : stderr.trim().split("\n")[0];
}

/** Waits until no link counts any more, so that every frame is where it belongs. */
const REST = `rest() {
  now=none
  while [ "$now" != "$before" ]; do
    before=$now
    now=$(ip -s link; for handle in /run/netns/*; do ip -n "\${handle##*/}" -s link; done)
  done
}`;

/** Longest time that one sequence may take, in seconds. */
const TIME_LIMIT_SECONDS = 120;

/**
 * Waits until the kernel has taken dead namespaces apart, which it does a moment later, one batch
 * after the other. A namespace that dies after them is gone after them: its link tells.
 */
const SETTLE = `settle() {
  probe=p$$
  unshare --net ip link add $probe type veth peer name $probe netns "$home"
  while nsenter --net="/proc/$home/ns/net" ip link show $probe >/dev/null 2>&1; do :; done
}`;

/**
 * Lets the kernel notice what became of carriers. It does so within a second by itself, and at once
 * for a link whose description is asked for.
 */
function noticeScript({ namespace, links }: Noticed): string {
  if (links.length === 0) return "";
  const lines = links.map((link) => `link show dev ${link}\n`).join("");
  const where = namespace === undefined ? "" : `-n ${quote(namespace)} `;
  return `ip ${where}-force -batch - >/dev/null 2>&1 <<'END OF INPUT'\n${lines}END OF INPUT\n`;
}

/**
 * Has names of hosts looked up in files alone. "ss" looks up what is no address, and questions to the
 * name servers of this machine would be counted on the links that are compared.
 */
const NAMES = `names=/etc/nsswitch.conf
if [ -e $names ]; then
  echo 'hosts: files' >/run/names && mount --bind /run/names $names || exit 1
fi
`;

/** Makes a network like a sandbox's, in which nothing was done yet. */
const PROLOGUE = `set -u
home=$1 folder=$2
mount -t tmpfs -o mode=755 conform /run && mkdir /run/netns && mount -t sysfs sysfs /sys || exit 1
${NAMES}${SETTLE}
${REST}
before=
cd "$folder"
`;

/**
 * Runs a sequence on the real kernel, in namespaces of its own. This process must be in a sandbox.
 *
 * One shell runs all commands, since to start each from here would take longer than the command.
 *
 * @param sequence The commands.
 * @param aftermaths What each is expected to do to links: the kernel is given time for it.
 * @returns An answer for each command.
 * @throws {Error} If the namespaces cannot be made.
 */
export async function runOnHost(
  sequence: Sequence,
  aftermaths: readonly Aftermath[],
): Promise<Output[]> {
  const answers = await runOnce(sequence, aftermaths);
  const isCrash = ({ words }: Command, i: number) =>
    words[0] === "frames" && (answers[i]?.status ?? 0) > STATUS_SIGNAL;
  return sequence.some(isCrash) ? await runOnce(sequence, aftermaths) : answers;
}

/** A shell's status of what a signal ended is above this: so the sender of frames may crash. */
const STATUS_SIGNAL = 128;

async function runOnce(
  sequence: Sequence,
  aftermaths: readonly Aftermath[],
): Promise<Output[]> {
  const folder = await Deno.makeTempDir({ prefix: "berth-conform-" });
  try {
    await Deno.writeTextFile(
      `${folder}/script`,
      PROLOGUE + sequence.map((command, i) => scriptOf(command, aftermaths[i])).join("") +
        "exit 0\n",
    );
    const { success, stderr } = await new Deno.Command("timeout", {
      args: [
        ...[`${TIME_LIMIT_SECONDS}`, "unshare", "--net", "--mount", "--propagation", "private"],
        ...["sh", `${folder}/script`, `${Deno.pid}`, folder],
      ],
      clearEnv: true,
      env: { ...ENVIRONMENT, HOME: Deno.env.get("HOME") ?? "/tmp" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`No namespace: ${new TextDecoder().decode(stderr)}`);
    return await readAnswers(folder, sequence.length);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every answer ends with a zero byte, which no tool writes. */
function scriptOf(command: Command, aftermath: Aftermath | undefined): string {
  const words = wordsOf(command).map(quote).join(" ");
  const input = command.stdin.length === 0
    ? "</dev/null\n"
    : `<<'END OF INPUT'\n${command.stdin.map((line) => `${line}\n`).join("")}END OF INPUT\n`;
  const settle = (aftermath?.endsNamespaces ? "settle\n" : "") +
    (aftermath?.noticed.map(noticeScript).join("") ?? "") +
    (command.words[0] === "frames" ? "rest\n" : "");
  return `${words} >>out 2>>err ${input}` +
    `printf '%d\\0' $? >>status; printf '\\0' >>out; printf '\\0' >>err\n${settle}`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

async function readAnswers(folder: string, count: number): Promise<Output[]> {
  const [stdout, stderr, status] = await Promise.all(
    ["out", "err", "status"].map(async (name) =>
      (await Deno.readTextFile(`${folder}/${name}`)).split("\0")
    ),
  );
  return Array.from({ length: count }, (_, i) => ({
    stdout: stdout?.[i] ?? "",
    stderr: stderr?.[i] ?? "",
    status: Number(status?.[i]),
  }));
}
