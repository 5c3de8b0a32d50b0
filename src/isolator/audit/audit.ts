import type { KernelNetwork } from "../../kernel/kernel_network.ts";
import { readShapings } from "../../routing/shaping.ts";
import { statusOf } from "../adopt.ts";
import { mapBounded } from "../bounded.ts";
import { removals } from "../cleanup_plan.ts";
import { type Container, vethName } from "../container.ts";
import { handlePath } from "../container_handle.ts";
import { FlowIds } from "../flow.ts";
import { readHost } from "../host.ts";
import { configureHost, type HostConfig } from "../host_config.ts";
import { readFolders } from "../host_plan.ts";
import { type HostState, readHostState } from "../host_state.ts";
import type { NewContainer } from "../isolate_plan.ts";
import { findPidsWithoutVeth, findStrayFlowFilters } from "../left_over.ts";
import { limitClass, limitOfClass } from "../limit_plan.ts";
import { parseAlias } from "../mark.ts";
import { NodeNumbers } from "../node_numbers.ts";
import type { IsolatorOptions } from "../options.ts";
import { containerFlow, recoverContainers } from "../recovered.ts";
import { containerFindings } from "./container_findings.ts";
import { type Finding, finding } from "./finding.ts";
import { hostFindings } from "./host_findings.ts";
import { type Inside, readInside } from "./inside.ts";
import { type Remains, remainsFindings, symlinkFindings } from "./left_findings.ts";

/** How many containers are looked into at a time; each takes processes of its own. */
const AT_ONCE = 4;

/**
 * Compares what the kernel holds with what should be there, and changes nothing.
 *
 * @param kernel The host's kernel.
 * @param options What the operator decided.
 * @returns What is not as it should be, in the order in which it is to be mended.
 * @throws {IsolatorError} If the host or the options will not do.
 * @throws {KernelError} If the kernel cannot be read.
 */
export async function auditHost(
  kernel: KernelNetwork,
  options: IsolatorOptions,
): Promise<Finding[]> {
  const facts = await readHost(kernel, options);
  const host = configureHost(facts, options);
  const [state, folders] = await Promise.all([readHostState(kernel, host), readFolders(kernel)]);
  const all = withFlows(host, recoverContainers(host, state));
  const sorted = await sortContainers(kernel, host, state, all);
  const nodes = new NodeNumbers();
  nodes.note(state.filters);
  const live = sorted.live.map(({ container }) => container);
  const veths = live.map(({ pid }) => vethName(options.vethPrefix, pid));
  const shapings = await readShapings(kernel, new Set(veths));
  return [
    ...hostFindings(host, { facts, folders, state }, live, nodes),
    ...sorted.live.flatMap(({ container, inside }) => {
      const veth = vethName(options.vethPrefix, container.pid);
      const ingressClass = limitClass(shapings.get(veth)?.classes ?? []);
      const limited = withLimits(state, container, veth, ingressClass, inside);
      return containerFindings(host, limited, { state, inside, ingressClass }, nodes);
    }),
    ...sorted.handleless,
    ...sorted.remains.flatMap((remains) => remainsFindings(host, state, remains)),
    ...symlinkFindings(state),
    ...flowFindings(host, state, all),
  ];
}

/** Gives a flow to containers that have lost theirs, or came before flows were unique. */
function withFlows(host: HostConfig, containers: readonly Container[]): readonly Container[] {
  if (host.flowQueue === undefined) return containers;
  const flows = new FlowIds();
  for (const { flow } of containers) if (flow !== undefined) flows.mark(flow);
  return containers.map((container) => ({ ...container, flow: container.flow ?? flows.take() }));
}

/** A container that runs, and its own side. */
interface Live {
  readonly container: NewContainer;
  readonly inside: Inside;
}

/** Containers by what there is of them. */
interface Sorted {
  readonly live: readonly Live[];
  readonly handleless: readonly Finding[];
  readonly remains: readonly Remains[];
}

async function sortContainers(
  kernel: KernelNetwork,
  host: HostConfig,
  state: HostState,
  containers: readonly Container[],
): Promise<Sorted> {
  const sorted = await mapBounded(
    containers,
    AT_ONCE,
    async (container): Promise<Partial<Sorted>> => {
      const { id, pid, ephemeralPorts } = container;
      const gone = (because: string) => ({ remains: [{ container, because }] });
      if (await statusOf({ kernel, host }, state, container) === "dead") {
        return gone(`process ${pid} is gone, or in another network`);
      }
      if (!state.handles.includes(String(pid))) return { handleless: [handleFinding(container)] };
      if (id === undefined || ephemeralPorts === undefined) return gone("it was left half made");
      const whole = { ...container, id, ephemeralPorts };
      const inside = await readInside(kernel, host, whole);
      return inside === undefined
        ? gone("its namespace is gone")
        : { live: [{ container: whole, inside }] };
    },
  );
  return {
    live: sorted.flatMap(({ live = [] }) => live),
    handleless: sorted.flatMap(({ handleless = [] }) => handleless),
    remains: [
      ...sorted.flatMap(({ remains = [] }) => remains),
      ...findPidsWithoutVeth(state, containers).map((pid) => ({
        container: { pid, ...idOf(state, pid) },
        because: `there is no link ${vethName(host.options.vethPrefix, pid)}`,
      })),
    ],
  };
}

function idOf(state: HostState, pid: number): { readonly id?: string } {
  const id = state.symlinks.find((symlink) => symlink.pid === pid)?.id;
  return id === undefined ? {} : { id };
}

/** Which namespace the handle kept nobody can tell once it is gone, so only an operator may act. */
function handleFinding({ id, pid }: Container): Finding {
  const path = handlePath(pid);
  const whose = id ?? `process ${pid}`;
  const says = `${whose} has lost the handle ${path} of its namespace; if ${pid} is still its ` +
    `process, run "ip netns attach ${pid} ${pid}"`;
  return finding("handle", path, says, [], id);
}

/**
 * Adds the limits that a container was given, as its alias tells. Where the alias is lost, those in
 * force are taken for them.
 */
function withLimits(
  state: HostState,
  container: NewContainer,
  veth: string,
  ingressClass: ReturnType<typeof limitClass>,
  inside: Inside,
): NewContainer {
  const mark = parseAlias(state.links.find(({ name }) => name === veth)?.alias);
  const inForce = (there: typeof ingressClass) =>
    there === undefined ? undefined : limitOfClass(there);
  const { egress, ingress } = mark ??
    { egress: inForce(inside.limitClass), ingress: inForce(ingressClass) };
  return {
    ...container,
    ...(egress === undefined ? {} : { egress }),
    ...(ingress === undefined ? {} : { ingress }),
  };
}

/** Finds filters of flows that no container has. */
function flowFindings(
  host: HostConfig,
  state: HostState,
  containers: readonly Container[],
): Finding[] {
  const stray = findStrayFlowFilters(host, state, containers);
  return [...Map.groupBy(stray, containerFlow)].map(([flow, filters]) => ({
    kind: "left-filters",
    object: `filters of flow ${flow} on ${host.eth0}`,
    says: `${filters.length} filters of flow ${flow} on ${host.eth0} are left over: no container ` +
      "has that flow",
    mend: removals(host, filters),
    isLeft: true,
  }));
}
