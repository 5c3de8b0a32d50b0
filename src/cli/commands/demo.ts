import { green, red } from "@std/fmt/colors";
import { type Command, Option } from "commander";
import { type StoryLine, tellStory } from "../demo/story.ts";
import { enterSandbox } from "../demo/enter_sandbox.ts";
import { createHostWorld } from "../demo/host_world.ts";
import { prepareMounts } from "../demo/sandbox.ts";
import { probeKernel } from "../../isolator/probe.ts";
import { createSimWorld } from "../sim/sim_world.ts";
import type { World } from "../demo/world.ts";
import { withJson } from "../command_options.ts";
import { EXIT, ExitWith } from "../exit.ts";
import { printLine, toJson } from "../print.ts";

interface DemoOptions {
  readonly kernel: World["kind"];
  readonly json?: boolean;
  readonly insideSandbox?: boolean;
}

/**
 * Adds `berth demo`.
 *
 * @param program The program.
 */
export function addDemo(program: Command): void {
  const command = program.command("demo")
    .description("tell the whole story: containers, traffic, a limit, statistics, an update")
    .addOption(
      new Option(
        "--kernel <kernel>",
        "sim: a Linux network in memory; host: this machine's kernel, in a private sandbox",
      ).choices(["sim", "host"]).default("sim"),
    )
    .addOption(new Option("--inside-sandbox").hideHelp())
    .action((options: DemoOptions) => demo(options));
  withJson(command);
}

async function demo(options: DemoOptions): Promise<void> {
  if (options.kernel === "host" && !options.insideSandbox) {
    const status = await enterSandbox([
      ...["demo", `--kernel=${options.kernel}`, "--inside-sandbox"],
      ...(options.json ? ["--json"] : []),
    ]);
    if (status !== 0) throw new ExitWith(status);
    return;
  }
  await using world = await createWorld(options.kernel);
  const lines = await tell(world, options.json === true);
  if (options.json) printLine(toJson(lines, 2));
  const wrong = lines.filter(({ ok }) => !ok).length;
  if (wrong > 0) throw new ExitWith(EXIT.failed, `${wrong} lines are not as they should be`);
}

async function createWorld(kind: World["kind"]): Promise<World> {
  if (kind === "sim") return await createSimWorld();
  await prepareMounts();
  return await createHostWorld();
}

async function tell(world: World, isQuiet: boolean): Promise<StoryLine[]> {
  const features = await probeKernel(world.kernel, "berth-probe");
  const leaf = features.some(({ feature, present }) => feature.name === "fq_codel" && present)
    ? "fq_codel"
    : "pfifo";
  const lines: StoryLine[] = [];
  for await (const line of tellStory(world, leaf)) {
    const above = lines.at(-1)?.chapter;
    lines.push(line);
    if (isQuiet) continue;
    if (line.chapter !== above) printLine(above === undefined ? line.chapter : `\n${line.chapter}`);
    printLine(lineOf(line));
  }
  return lines;
}

/** Width of the column of what was tried. */
const WHAT_WIDTH = 52;

function lineOf({ what, seen, ok }: StoryLine): string {
  const mark = ok ? "✓" : "✗";
  const paint = ok ? green : red;
  return `  ${Deno.stdout.isTerminal() ? paint(mark) : mark} ${what.padEnd(WHAT_WIDTH)}  ${seen}`;
}
