import { formatHandle, type Handle, INGRESS, parseHandle } from "../routing/handle.ts";
import { type Qdisc, rootQdisc } from "../routing/qdisc.ts";
import { sysctlLink, type Sysctls } from "../routing/sysctl.ts";
import { type HostFacts, inheritedSettings } from "./host.ts";
import { IsolatorError, type IsolatorErrorCode } from "./isolator_error.ts";
import { type LimitPolicy, limitPolicy } from "./limit.ts";
import type { IsolatorOptions } from "./options.ts";
import { badPorts } from "./port_checks.ts";
import { type RatePolicy, ratePolicy } from "./rates/rate_policy.ts";

/** A host that will do: its facts and the operator's options, checked against each other. */
export interface HostConfig {
  /** Name of the public link. */
  readonly eth0: string;
  /** Name of the loopback link. */
  readonly lo: string;
  /** MAC address of the public link, which all containers share. */
  readonly mac: string;
  /** MTU of the public link in bytes. */
  readonly mtu: number;
  /** IPv4 address of the public link, which all containers share. */
  readonly address: string;
  /** Bits of its network prefix. */
  readonly prefixLength: number;
  /** Default gateway. */
  readonly gateway: string;
  /** Settings that every container is given as well. */
  readonly containerSettings: Sysctls;
  /** The queue in which each container is a flow of its own; absent where flows are not unique. */
  readonly flowQueue?: FlowQueue;
  /** A queue in its place while flows are not unique: maybe one from when they were. */
  readonly formerFlowQueue?: FlowQueue;
  /** Limits on what containers send. */
  readonly egress: LimitPolicy;
  /** Limits on what containers receive. */
  readonly ingress: LimitPolicy;
  /** How rates are sampled; absent where they are not. */
  readonly rates?: RatePolicy;
  /** What the operator decided. */
  readonly options: IsolatorOptions;
  /** What is not wrong, but worth a word. */
  readonly warnings: readonly string[];
}

/** The one kind of qdisc that keeps flows apart by the class that a filter names. */
export const FLOW_QUEUE_KIND = "fq_codel";

/** Where the queue of unique flows is. */
export interface FlowQueue {
  /** The class it hangs under, or the root of the public link. */
  readonly parent: "root" | Handle;
  /** Its own handle. */
  readonly handle: Handle;
  /** Whether it is there already. */
  readonly exists: boolean;
}

/**
 * Checks a host against the operator's options.
 *
 * @param facts What the host is like.
 * @param options What the operator decided.
 * @returns What everything else is computed from.
 * @throws {IsolatorError} At the first thing that will not do, with one sentence that says what to
 * do.
 */
export function configureHost(facts: HostFacts, options: IsolatorOptions): HostConfig {
  const { eth0, lo, defaultRoute } = facts;
  const refuse = (code: IsolatorErrorCode, message: string): never => {
    throw new IsolatorError(code, message);
  };
  const ports = badPorts(options, facts.localPortRange);
  if (ports !== undefined) refuse("bad-ports", ports);
  if (eth0 === undefined) return refuse("bad-interface", missingEth0(options));
  if (lo === undefined) return refuse("bad-interface", missingLo(options));
  const [address] = eth0.addresses;
  if (address === undefined) {
    return refuse("bad-interface", `${eth0.name} has no IPv4 address; give it one`);
  }
  if (!/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(eth0.mac) || /^[0:]+$/.test(eth0.mac)) {
    refuse(
      "bad-interface",
      `${eth0.name} has no MAC address; choose an Ethernet link as eth0_name`,
    );
  }
  if (defaultRoute === undefined) {
    return refuse("bad-interface", "There is no default gateway; add a default route with one");
  }
  if (!facts.settings.has(`net.ipv4.conf.${sysctlLink(lo.name)}.route_localnet`)) {
    refuse("unsupported-kernel", "This kernel has no route_localnet; use Linux 3.6 or newer");
  }
  for (const { name } of [eth0, lo]) checkIngress(facts.qdiscs, name);
  const speed = options.networkLinkSpeed ?? facts.linkSpeedBytesPerSecond;
  const limits = {
    ...(speed === undefined ? {} : { linkSpeedBytesPerSecond: speed }),
    ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
  };
  const rates = ratePolicy(options.statistics);
  const egress = limitPolicy("egress", options.egress, limits);
  const ingress = limitPolicy("ingress", options.ingress, limits);
  return {
    eth0: eth0.name,
    lo: lo.name,
    mac: eth0.mac,
    mtu: eth0.mtu,
    address: address.address,
    prefixLength: address.prefixLength,
    gateway: defaultRoute.gateway,
    containerSettings: inheritedSettings(facts.settings),
    ...(options.egressUniqueFlowPerContainer
      ? { flowQueue: flowQueueOf(facts.qdiscs, eth0.name, options) }
      : formerFlowQueue(facts.qdiscs, eth0.name, options)),
    ...(rates === undefined ? {} : { rates }),
    egress: egress.policy,
    ingress: ingress.policy,
    options,
    warnings: [...egress.warnings, ...ingress.warnings],
  };
}

function missingEth0(options: IsolatorOptions): string {
  return options.eth0Name === undefined
    ? "No link has a default route, so the public one is unknown; give eth0_name"
    : `There is no link "${options.eth0Name}"; give the public link's name as eth0_name`;
}

function missingLo(options: IsolatorOptions): string {
  return options.loName === undefined
    ? 'No link holds 127.0.0.1; set lo up with "ip link set lo up"'
    : `There is no link "${options.loName}"; give the loopback link's name as lo_name`;
}

/** Refuses a qdisc that is where filters of arriving packets go, and takes none of ours. */
function checkIngress(qdiscs: readonly Qdisc[], link: string): void {
  const foreign = qdiscs.find((qdisc) =>
    qdisc.link === link && qdisc.handle === INGRESS && qdisc.kind !== "ingress"
  );
  if (foreign === undefined) return;
  const { kind } = foreign;
  throw new IsolatorError(
    "foreign-qdisc",
    `${link} has a qdisc ${kind} where ours goes, which is ingress; remove it with "tc qdisc ` +
      `delete dev ${link} ${kind}"`,
  );
}

/** What there is in the place of the queue of unique flows. */
function flowQueuePlace(
  qdiscs: readonly Qdisc[],
  eth0: string,
  options: IsolatorOptions,
): { readonly there: Qdisc | undefined; readonly queue: FlowQueue } {
  const place = options.egressFlowClassifierParent;
  const parent: FlowQueue["parent"] = place === "root" ? "root" : parseHandle(place);
  const handle = { major: parent === "root" ? 1 : parent.major + 1, minor: 0 };
  const there = parent === "root"
    ? rootQdisc(qdiscs, eth0)
    : qdiscs.find((qdisc) => qdisc.link === eth0 && qdisc.parent === formatHandle(parent));
  const exists = there?.kind === FLOW_QUEUE_KIND && there.handle === formatHandle(handle);
  return { there, queue: { parent, handle, exists } };
}

function formerFlowQueue(
  qdiscs: readonly Qdisc[],
  eth0: string,
  options: IsolatorOptions,
): Pick<HostConfig, "formerFlowQueue"> {
  const { queue } = flowQueuePlace(qdiscs, eth0, options);
  return queue.exists ? { formerFlowQueue: queue } : {};
}

/** Finds the place for the queue of unique flows, and refuses where another qdisc is in it. */
function flowQueueOf(
  qdiscs: readonly Qdisc[],
  eth0: string,
  options: IsolatorOptions,
): FlowQueue {
  const { there, queue } = flowQueuePlace(qdiscs, eth0, options);
  if (there === undefined || queue.exists) return queue;
  const place = options.egressFlowClassifierParent;
  throw new IsolatorError(
    "foreign-qdisc",
    `${eth0} has a qdisc ${there.kind} ${there.handle} at ${place} that is not ours; delete it, ` +
      "or hang the flows below a class of it with egress_flow_classifier_parent",
  );
}
