import { checkScenario, parseScenario } from "../../../sim/scenario/parse.ts";
import { runScenario } from "../../../sim/scenario/runner.ts";
import type { Flow, Scenario, ScenarioInput } from "../../../sim/scenario/schema.ts";
import { ScenarioError } from "../../../sim/scenario/scenario_error.ts";
import type { Stage } from "../../../sim/scenario/stage.ts";
import type { PacketTrace, TraceStep } from "../../../sim/trace/packet_trace.ts";
import { formatTrace, type TraceTextOptions } from "../../../sim/trace/trace_text.ts";
import { UsageError } from "../exit.ts";
import { makeIsolatorOperator } from "./isolator_operator.ts";

/** A packet whose way is asked for, and the world that it is sent in. */
export interface TraceRequest {
  /** Who sends. */
  readonly from: string;
  /** Who should receive. */
  readonly to: string;
  /** What is sent: a datagram, a SYN or an echo request. */
  readonly protocol: Flow["protocol"];
  /** Port of the receiver; not used by ICMP. */
  readonly port: number;
  /** Port of the sender; the kernel's choice when undefined. */
  readonly sourcePort: number | undefined;
  /** Whether it goes to 127.0.0.1. */
  readonly loopback: boolean;
  /** Containers of the host, unless a scenario has them. */
  readonly containers: readonly { readonly id: string; readonly ports: string }[];
  /** Options of the isolator, unless a scenario has them. */
  readonly options: Readonly<Record<string, string | boolean>>;
  /** A scenario whose machines and containers are taken. */
  readonly scenario: { readonly file: string; readonly text: string } | undefined;
  /** Whether to tell everything: filters that did not match, and every packet that came of it. */
  readonly isFull: boolean;
  /** Colours. */
  readonly paint: NonNullable<TraceTextOptions["paint"]>;
}

/** The way of a packet, as data and as text. */
export interface TraceResult {
  /** The packet's trace, then those of its copies and of what came of it. */
  readonly traces: readonly PacketTrace[];
  /** The same in lines. */
  readonly lines: readonly string[];
}

/** Most packets that one question can give rise to: a loop ends long before. */
const TRACES_MAX = 10_000;

/** Name of the one flow. */
const FLOW = "packet";

/**
 * Sends one packet through a simulated host, and tells its way.
 *
 * @param request The packet and its world.
 * @throws {UsageError} If the world cannot be made, or the packet cannot be sent in it.
 */
export async function tracePacket(request: TraceRequest): Promise<TraceResult> {
  const { isFull, paint, scenario } = request;
  try {
    let stage: Stage | undefined;
    const { timeline, flows } = await runScenario(scenarioOf(request), makeIsolatorOperator, {
      onStage: (made) => {
        stage = made;
        made.simulation.datapath.isTracing = true;
        made.simulation.datapath.traceLimit = TRACES_MAX;
      },
    });
    const problem = timeline.find(({ failed }) => failed);
    if (problem !== undefined) throw new UsageError(problem.what);
    const all = stage?.simulation.datapath.traces ?? [];
    const traces = isFull ? all : familyOf(all);
    if (traces.length === 0) throw new UsageError(`Nothing was sent: ${flows[0]?.outcome}`);
    const place = (step: TraceStep) => stage?.nameOf(step) ?? "";
    const texts = traces.map((trace) => formatTrace(trace, { place, isFull, paint }));
    return { traces, lines: texts.flatMap((lines, i) => i === 0 ? lines : ["", ...lines]) };
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    const where = scenario === undefined ? "" : `${scenario.file}: `;
    throw new UsageError(`${where}${error.message}`, { cause: error });
  }
}

/** The first IPv4 packet, its copies, and their copies. */
function familyOf(traces: readonly PacketTrace[]): PacketTrace[] {
  const first = traces.find(({ packet }) => !packet.startsWith("ARP"));
  if (first === undefined) return [];
  const ids = new Set([first.packetId]);
  return traces.filter(({ packetId, copiedFrom }) => {
    if (copiedFrom !== undefined && ids.has(copiedFrom)) ids.add(packetId);
    return ids.has(packetId);
  });
}

/** The world of a request, with one flow of one packet in it. */
function scenarioOf(request: TraceRequest): Scenario {
  const { containers, options, scenario } = request;
  const world: Partial<ScenarioInput> = scenario === undefined
    ? { containers: [...containers], host: { options } }
    : worldOf(parseScenario(scenario.text));
  return checkScenario({
    ...world,
    title: "One packet",
    about: "One packet and its way",
    flows: [flowOf(request)],
    expect: [{ expect: "arrives", flow: FLOW }],
  });
}

function worldOf({ seed, host, wire, machines, containers }: Scenario): Partial<ScenarioInput> {
  const started = containers.map((container) => ({ ...container, startAtMs: 0 }));
  return { seed, host, wire, machines, containers: started };
}

function flowOf(request: TraceRequest): NonNullable<ScenarioInput["flows"]>[number] {
  const { from, to, protocol, port, sourcePort, loopback } = request;
  const address: Flow["address"] = loopback ? "loopback" : "public";
  const ends = { name: FLOW, from, to, address, limitMs: 2000 };
  const ports = { port, ...(sourcePort === undefined ? {} : { sourcePort }) };
  if (protocol === "icmp") return { ...ends, protocol, echoes: 1 };
  if (protocol === "udp") return { ...ends, ...ports, protocol, datagrams: 1, bytes: 5 };
  return { ...ends, ...ports, protocol, bytes: 1 };
}
