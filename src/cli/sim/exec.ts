import { startProgram } from "../../kernel/process.ts";
import { EXIT, ExitWith } from "../exit.ts";
import { findProgram } from "../program_file.ts";
import { forwardSignals } from "../signals.ts";
import type { HostSession } from "./host_session.ts";
import { ToolServer } from "./tool_server.ts";

/** What the tools' places are taken by; every Debian has it. */
const PERL = "/usr/bin/perl";

/** Makes the kernel kill the program if this process dies, since its host is gone then. */
const TIED = ["setpriv", "--pdeathsig", "KILL"];

/**
 * Runs a program whose tools are those of a simulated host.
 *
 * @param session The host.
 * @param words The program and its arguments; it may be one of the tools.
 * @param path The value of PATH behind those tools.
 * @returns The program's exit status, or 128 and a signal's number where that ended it.
 * @throws {ExitWith} If the tools cannot be put in place here, or there is no such program.
 */
export async function execOnSimulatedHost(
  session: HostSession,
  words: readonly string[],
  path: string,
): Promise<number> {
  if (!isThere(PERL)) {
    throw new ExitWith(EXIT.failed, `There is no ${PERL}; install the package perl-base`);
  }
  await using server = await ToolServer.start(session);
  const environment = server.environment(path);
  const [program = "", ...args] = words;
  const file = findProgram(program, environment.PATH);
  for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
  const child = startProgram([...TIED, file, ...args]);
  using _signals = forwardSignals((signal) => child.kill(signal), {
    hasTerminal: Deno.stdin.isTerminal(),
  });
  return (await child.status).code;
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
