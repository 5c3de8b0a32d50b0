/**
 * Runs the commands of transcripts again on this machine's kernel, each file in a sandbox of its
 * own, and writes down what they answer now. A new transcript begins as a file of `$` lines.
 *
 * ```text
 * deno task record test/transcripts/link.txt
 * deno task record --kernel=uml test/transcripts/lab/fq_codel.txt
 * ```
 *
 * With `--kernel=uml` they run in the lab, whose kernel has every qdisc, classifier and action.
 * With `--check` nothing is written: a kernel that answers otherwise than recorded fails the run.
 *
 * @module
 */

import { enterSandboxWith } from "../../src/cli/demo/enter_sandbox.ts";
import { networkNamespace, output, prepareMounts } from "../../src/cli/demo/sandbox.ts";
import { runInLab } from "../lab/boot.ts";
import { findUserModeLinux } from "../lab/user_mode_linux.ts";
import { RecordedSockets } from "./recorded_sockets.ts";
import {
  type Datagrams,
  formatTranscript,
  Normaliser,
  parseTranscript,
  SOURCE_PORT,
  splitWords,
  type Step,
} from "./transcript.ts";

/** First argument of the second start, inside the sandbox. */
const INSIDE = "--inside-sandbox";

/** Argument that compares with what was recorded, in place of recording. */
const CHECK = "--check";

const ENVIRONMENT = { LC_ALL: "C", PATH: "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin" };

async function capture(words: readonly string[], stdin = "") {
  const [program, ...args] = words;
  if (program === undefined) throw new TypeError("There is no program to run");
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    clearEnv: true,
    env: ENVIRONMENT,
  }).spawn();
  const writer = child.stdin.getWriter();
  const written = writer.write(new TextEncoder().encode(stdin)).then(() => writer.close());
  const { code, stdout, stderr } = await child.output();
  await written.catch(() => {}); // A tool that stops early closes its input.
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { status: code, stdout: decode(stdout), stderr: decode(stderr) };
}

async function header(): Promise<Step[]> {
  const kernel = (await capture(["uname", "-r"])).stdout.trim();
  const version = /iproute2-[\d.]+/.exec((await capture(["ip", "-V"])).stdout)?.[0];
  const sysctl = (await capture(["sysctl", "--version"])).stdout.trim().replace("sysctl from ", "");
  return [{ kind: "comment", text: `# kernel ${kernel}, ${version}, ${sysctl}` }];
}

/** A process that sits in a network namespace of its own. */
async function startProcess(): Promise<Deno.ChildProcess> {
  const child = new Deno.Command("unshare", { args: ["--net", "sleep", "600"] }).spawn();
  const own = await networkNamespace();
  const readLink = ["/usr/bin/readlink", `/proc/${child.pid}/ns/net`];
  while ((await output(readLink)).stdout.trim() === own) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return child;
}

async function send({ count, bytes, address, port, tos }: Datagrams): Promise<void> {
  const script = new URL("send_datagrams.pl", import.meta.url).pathname;
  const numbers = [SOURCE_PORT, count, bytes, address, port, tos].map(String);
  const { status, stderr } = await capture(["perl", script, ...numbers]);
  if (status !== 0) throw new Error(`No datagrams were sent: ${stderr}`);
}

/** Records a transcript, or tells in what the kernel answers otherwise now. */
async function recordOrCheck(path: string, isChecking: boolean): Promise<string[]> {
  const old = await Deno.readTextFile(path);
  const text = formatTranscript(await answersTo(old));
  if (!isChecking) {
    await Deno.writeTextFile(path, text);
    return [];
  }
  // The first line names the kernel.
  const [before, now] = [old, text].map((each) => each.split("\n").slice(1));
  return (before ?? []).flatMap((line, i) =>
    line === now?.[i] ? [] : [`${path}:${i + 2}: "${line}" is "${now?.[i] ?? ""}" now`]
  );
}

/** Carries the steps of a transcript out, and gives them with what is answered now. */
async function answersTo(transcript: string): Promise<Step[]> {
  const old = parseTranscript(transcript);
  const steps = await header();
  const processes = new Map<string, Deno.ChildProcess>();
  const pids = new Map<string, number>();
  const normaliser = new Normaliser(pids);
  await using sockets = new RecordedSockets();
  for (const step of old) {
    if (step.kind === "comment") {
      if (!step.text.startsWith("# kernel ")) steps.push(step);
      continue;
    }
    if (step.kind === "socket") {
      steps.push(await sockets.carryOut(step));
      continue;
    }
    if (step.kind === "process") {
      const child = await startProcess();
      processes.set(step.name, child);
      pids.set(step.name, child.pid);
    } else if (step.kind === "kill") {
      processes.get(step.name)?.kill("SIGKILL");
      await processes.get(step.name)?.status;
      // The kernel takes a namespace apart a moment after its last process is gone.
      await new Promise((resolve) => setTimeout(resolve, 300));
      processes.delete(step.name);
    } else if (step.kind === "send") {
      normaliser.sent();
      await send(step.datagrams);
    } else if (step.kind === "wait") {
      await new Promise((resolve) => setTimeout(resolve, step.milliseconds));
    }
    if (step.kind !== "command") {
      steps.push(step);
      continue;
    }
    const insert = (text: string) => text.replace(/\{(\w+)\}/g, (_, name) => `${pids.get(name)}`);
    const stdin = step.run.stdin.map((line) => insert(line) + "\n").join("");
    normaliser.learn(step.run.line + stdin);
    const answer = await capture(splitWords(insert(step.run.line)), stdin);
    const [stdout, stderr] = [answer.stdout, answer.stderr].map((t) => normaliser.normalise(t));
    steps.push({
      kind: "command",
      run: { ...step.run, stdout: stdout ?? "", stderr: stderr ?? "", status: answer.status },
    });
  }
  for (const child of processes.values()) child.kill("SIGKILL");
  await Promise.all([...processes.values()].map((child) => child.status));
  return steps;
}

/** Records in the lab, whose kernel makes the sandboxes. */
async function recordInLab(paths: readonly string[]): Promise<void> {
  const kernel = await findUserModeLinux();
  if ("missing" in kernel) throw new Error(kernel.missing);
  const permissions = ["--allow-run", "--allow-read", "--allow-write", "--allow-env"];
  const module = import.meta.filename ?? "";
  const run = [Deno.execPath(), "run", "--no-prompt", "--no-check", ...permissions, module];
  const end = await runInLab(kernel, [...run, ...paths], {
    environment: Deno.env.toObject(),
    folder: Deno.cwd(),
    stdin: new Uint8Array(),
    memoryMb: 1024,
    timeoutMs: 600_000,
  });
  if (end.kind !== "exited" || end.status !== 0) {
    throw new Error(`The lab's recording failed: ${JSON.stringify(end)}`);
  }
}

const [first, ...rest] = Deno.args;
const isChecking = Deno.args.includes(CHECK);
const paths = (first?.startsWith("--") ? rest : Deno.args).filter((arg) => arg !== CHECK);
const flags = isChecking ? [CHECK] : [];
if (first === INSIDE) {
  await prepareMounts();
  const faults: string[] = [];
  for (const path of paths) faults.push(...await recordOrCheck(path, isChecking));
  // deno-lint-ignore no-console
  for (const fault of faults) console.error(fault);
  Deno.exit(faults.length === 0 ? 0 : 1);
} else if (first === "--kernel=uml") {
  await recordInLab([...paths, ...flags]);
} else {
  for (const path of paths) {
    const status = await enterSandboxWith(import.meta.filename ?? "", [INSIDE, path, ...flags]);
    if (status !== 0) throw new Error(`The recording of ${path} failed with status ${status}`);
  }
}
