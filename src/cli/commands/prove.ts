import { bold, green, red } from "@std/fmt/colors";
import type { Command } from "commander";
import type { Counterexample } from "../../isolator/prove/counterexample.ts";
import type { Step } from "../../isolator/prove/follow.ts";
import { type Proof, prove } from "../../isolator/prove/prove.ts";
import { readSteering, type Steering } from "../../isolator/prove/steering.ts";
import { withIsolatorOptions, withJson } from "../command_options.ts";
import { EXIT, ExitWith, UsageError } from "../exit.ts";
import { printLine, toJson } from "../print.ts";
import { openSession, type SessionOptions } from "../session.ts";
import { readScenarioSteering } from "../sim/steering.ts";

/**
 * Adds `berth prove`.
 *
 * @param program The program.
 */
export function addProve(program: Command): void {
  const command = program.command("prove")
    .description("show from the filters that each packet reaches its owner and nobody else")
    .option("--scenario <file>", "the host of a scenario, as it is at the end, on the simulator")
    .action((options: SessionOptions) => runProve(options));
  withIsolatorOptions(withJson(command));
}

async function runProve(options: SessionOptions): Promise<void> {
  const { scenario } = options;
  const steering = typeof scenario === "string"
    ? await readScenarioSteering(scenario, readFile(scenario))
    : await readOwnSteering(options);
  const beganMs = performance.now();
  const proof = prove(steering);
  const elapsedMs = Math.round(performance.now() - beganMs);
  const containers = steering.owners.length;
  const { counterexample, ...counts } = proof;
  if (options["json"] === true) {
    const proved = counterexample === undefined;
    printLine(toJson({ proved, containers, ...counts, elapsedMs, counterexample }, 2));
  } else linesOf(proof, containers, elapsedMs).forEach(printLine);
  if (counterexample === undefined) return;
  throw new ExitWith(
    EXIT.failed,
    `Packets of ${counts.astray} kinds go astray; mend the filters that the one shown meets`,
  );
}

async function readOwnSteering(options: SessionOptions): Promise<Steering> {
  using session = await openSession(options, "look");
  return await readSteering(session.kernel, session.isolator.host);
}

function readFile(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file} cannot be read: ${reason}`, { cause: error });
  }
}

function linesOf(proof: Proof, containers: number, elapsedMs: number): string[] {
  const { counterexample, links, filters, classes, astray } = proof;
  const paint = Deno.stdout.isTerminal()
    ? { good: green, bad: red, title: bold }
    : { good: String, bad: String, title: String };
  const looked = `${containers} containers, ${links} links, ${filters} filters, ` +
    `${classes} kinds of packets, ${(elapsedMs / 1000).toFixed(1)} s`;
  if (counterexample === undefined) {
    return [paint.good("Proved: each packet reaches its owner and nobody else"), looked];
  }
  return [
    paint.bad(`Disproved: packets of ${astray} kinds go astray`),
    looked,
    "",
    ...exampleLines(counterexample, paint.title),
  ];
}

function exampleLines(
  { from, at, packet, frame, goes, should, trace }: Counterexample,
  paint: (text: string) => string,
): string[] {
  const placeOf = (places: readonly string[]) => places.join(", ") || "nowhere";
  return [
    paint(packet),
    `  from    ${from}, arriving at ${at}`,
    `  goes    to ${placeOf(goes)}`,
    `  should  to ${placeOf(should)}`,
    `  frame   ${frame}`,
    "",
    ...traceLines(trace),
  ];
}

/** The filters that a packet only passes by are counted. */
function traceLines(trace: readonly Step[]): string[] {
  const lines: string[] = [];
  let passed = 0;
  const flush = () => {
    if (passed > 0) lines.push(`  ${passed} filters do not match`);
    passed = 0;
  };
  for (const { kind, what, matched } of trace) {
    if (matched === false) {
      passed++;
      continue;
    }
    flush();
    lines.push(kind === "filter" ? `  matches ${what}` : kind === "ends" ? `  ${what}` : what);
  }
  flush();
  return lines;
}
