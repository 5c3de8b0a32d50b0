import { bold, green, red } from "@std/fmt/colors";
import { type Command, Option } from "commander";
import { withIsolatorOptions, withJson } from "../command_options.ts";
import { UsageError } from "../exit.ts";
import { FLAGS } from "../flags.ts";
import { printLine, toJson } from "../print.ts";
import { tracePacket, type TraceRequest } from "../sim/trace.ts";

interface TraceOptions {
  readonly from: string;
  readonly to: string;
  readonly protocol: TraceRequest["protocol"];
  readonly port?: string;
  readonly sourcePort?: string;
  readonly loopback?: boolean;
  readonly container?: readonly string[];
  readonly scenario?: string;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly [flag: string]: unknown;
}

/** Containers of a trace that names none. */
const CONTAINERS = ["web=31000-31007", "db=31008-31015"];

/**
 * Adds `berth trace`.
 *
 * @param program The program.
 */
export function addTrace(program: Command): void {
  const command = program.command("trace")
    .description("one packet on the simulator, every hop: which filters it met, where it ended")
    .requiredOption("--from <place>", "who sends: outside, host, or a container's id")
    .requiredOption("--to <place>", "who should receive")
    .addOption(
      new Option("--protocol <protocol>", "what is sent: a datagram, a SYN, an echo request")
        .choices(["udp", "tcp", "icmp"]).default("udp"),
    )
    .option("--port <port>", "port of the receiver (default 31000)")
    .option("--source-port <port>", "port of the sender (default: the kernel's choice)")
    .option("--loopback", "to 127.0.0.1 instead of the public address")
    .option("--container <id=ports...>", `containers (default ${CONTAINERS.join(" ")})`)
    .option("--scenario <file>", "the machines and containers of a scenario instead")
    .option("--all", "list filters that did not match, and packets that came of this one")
    .action((options: TraceOptions) => trace(options));
  withIsolatorOptions(withJson(command));
}

async function trace(options: TraceOptions): Promise<void> {
  const { from, to, protocol, loopback = false, scenario } = options;
  const isTerminal = Deno.stdout.isTerminal();
  const plain = (text: string) => text;
  const result = await tracePacket({
    ...{ from, to, protocol, loopback },
    port: portOf(options.port, "--port") ?? 31000,
    sourcePort: portOf(options.sourcePort, "--source-port"),
    containers: (options.container ?? CONTAINERS).map(containerOf),
    options: givenFlags(options),
    scenario: scenario === undefined ? undefined : readFile(scenario),
    isFull: options.all === true,
    paint: isTerminal
      ? { title: bold, good: green, bad: red }
      : { title: plain, good: plain, bad: plain },
  });
  if (options.json) printLine(toJson(result.traces, 2));
  else result.lines.forEach(printLine);
}

function portOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new UsageError(`${option}: "${text}" is no port; write a number from 1 to 65535`);
}

function containerOf(text: string): { id: string; ports: string } {
  const equals = text.indexOf("=");
  if (equals < 1) {
    throw new UsageError(`--container: "${text}" is not ID=PORTS; write it like web=31000-31007`);
  }
  return { id: text.slice(0, equals), ports: text.slice(equals + 1) };
}

function givenFlags(options: TraceOptions): Record<string, string | boolean> {
  const given: Record<string, string | boolean> = {};
  for (const { name } of FLAGS) {
    const value = options[name];
    if (typeof value === "string" || typeof value === "boolean") given[name] = value;
  }
  return given;
}

function readFile(file: string): { readonly file: string; readonly text: string } {
  try {
    return { file, text: Deno.readTextFileSync(file) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file} cannot be read: ${reason}`, { cause: error });
  }
}
