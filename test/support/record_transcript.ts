/**
 * Runs the commands of transcripts again on this machine's kernel, each file in a sandbox of its
 * own, and writes down what they answer now. A new transcript begins as a file of `$` lines.
 *
 * ```text
 * sudo deno run -A test/support/record_transcript.ts test/transcripts/link.txt
 * ```
 *
 * @module
 */

import {
  formatTranscript,
  Normaliser,
  parseTranscript,
  splitWords,
  type Step,
} from "./transcript.ts";

const SELF = new URL(import.meta.url).pathname;
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
  const own = await Deno.readLink("/proc/self/ns/net");
  while (await Deno.readLink(`/proc/${child.pid}/ns/net`) === own) {
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
  for (const step of old) {
    if (step.kind === "comment") {
      if (!step.text.startsWith("# kernel ")) steps.push(step);
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

async function sandbox(path: string): Promise<void> {
  const script = [
    "mount --make-rprivate /",
    "mkdir -p /run/netns",
    "mount -t tmpfs none /run/netns",
    "mount -t sysfs none /sys",
    'exec "$@"',
  ].join(" && ");
  const inner = ["deno", "run", "-A", SELF, "--inside", path];
  const args = ["--net", "--mount", "sh", "-c", script, "sh", ...inner];
  const { code } = await new Deno.Command("unshare", { args }).output();
  if (code !== 0) throw new Error(`The recording of ${path} failed with status ${code}`);
}

if (import.meta.main) {
  const [first, ...paths] = Deno.args;
  if (first === "--inside") { for (const path of paths) await record(path); }
  else for (const path of Deno.args) await sandbox(path);
}
