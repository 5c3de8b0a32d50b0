/**
 * Runs the commands of transcripts again on this machine's kernel, each file in a sandbox of its
 * own, and writes down what they answer now. A new transcript begins as a file of `$` lines.
 *
 * ```text
 * deno task record test/transcripts/link.txt
 * ```
 *
 * @module
 */

import { enterSandboxWith } from "../../src/cli/demo/enter_sandbox.ts";
import { networkNamespace, output, prepareMounts } from "../../src/cli/demo/sandbox.ts";
import { RecordedSockets } from "./recorded_sockets.ts";
import {
  formatTranscript,
  Normaliser,
  parseTranscript,
  splitWords,
  type Step,
} from "./transcript.ts";

/** First argument of the second start, inside the sandbox. */
const INSIDE = "--inside-sandbox";

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

async function record(path: string): Promise<void> {
  const old = parseTranscript(await Deno.readTextFile(path));
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
  await Deno.writeTextFile(path, formatTranscript(steps));
}

const [first, ...paths] = Deno.args;
if (first === INSIDE) {
  await prepareMounts();
  for (const path of paths) await record(path);
} else {
  for (const path of Deno.args) {
    const status = await enterSandboxWith(import.meta.filename ?? "", [INSIDE, path]);
    if (status !== 0) throw new Error(`The recording of ${path} failed with status ${status}`);
  }
}
