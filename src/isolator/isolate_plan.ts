import { addFilter } from "../routing/filter.ts";
import type { RateLimit } from "../routing/htb.ts";
import { addVeth, setLink } from "../routing/link.ts";
import { attachNamespace, deleteNamespace } from "../routing/namespace.ts";
import { addIngress, deleteIngress } from "../routing/qdisc.ts";
import type { Interval } from "../ports/mod.ts";
import { type Container, vethName } from "./container.ts";
import { handlePath, symlinkPath } from "./container_handle.ts";
import { type Change, inNamespace, step } from "./change.ts";
import type { HostConfig } from "./host_config.ts";
import { launchPlan, LO } from "./launch.ts";
import { limitPlan } from "./limit_plan.ts";
import { layoutOf } from "./layout.ts";
import { aliasOf } from "./mark.ts";
import type { NodeNumbers } from "./node_numbers.ts";

/** A container that is about to get its network. */
export interface NewContainer extends Container {
  /** Its id. */
  readonly id: string;
  /** Its ephemeral ports. */
  readonly ephemeralPorts: Interval;
  /** Its limit on what it sends. */
  readonly egress?: RateLimit;
  /** Its limit on what it receives. */
  readonly ingress?: RateLimit;
}

/** All that gives a container its network. */
export interface IsolatePlan {
  /** What leads to all the rest. */
  readonly begin: readonly Change[];
  /** Parts that do not wait for one another: at the host, and the two inside the container. */
  readonly sides: readonly (readonly Change[])[];
  /** What says that the container is whole. */
  readonly end: readonly Change[];
}

/**
 * Computes all that gives a container its network, in the crash-safe order: at every point in it,
 * the symbolic link and the veth lead to whatever else there is.
 *
 * @param host The host.
 * @param container The container.
 * @param nodes Numbers for new filters.
 */
export function isolatePlan(
  host: HostConfig,
  container: NewContainer,
  nodes: NodeNumbers,
): IsolatePlan {
  const { id, pid, ephemeralPorts, egress, ingress } = container;
  const veth = vethName(host.options.vethPrefix, pid);
  const pair = { name: veth, peerName: host.eth0, mac: host.mac, mtu: host.mtu, peerPid: pid };
  nodes.forget(veth);
  const outside = [
    step(addIngress(veth)),
    ...limitPlan(veth, ingress, undefined, host.options.leafQdisc).map((command) => step(command)),
    ...layoutOf(host).hostFilters(host, container).map(({ part, filter }) =>
      step(addFilter(filter, nodes.take(filter)), `adding_${part}_filters`)
    ),
  ];
  const { stack, trafficControl } = launchPlan(host, container, ephemeralPorts, egress);
  return {
    begin: [
      { kind: "symlink", path: symlinkPath(id), target: handlePath(pid) },
      step(attachNamespace(String(pid), pid)),
      step(addVeth(pair)),
      step(setLink(veth, { alias: aliasOf(container) })),
    ],
    sides: [outside, stack, trafficControl],
    end: [step(setLink(veth, { up: true }))],
  };
}

/**
 * Gives all steps of a plan one after another.
 *
 * @param plan The plan.
 */
export function inOrder({ begin, sides, end }: IsolatePlan): Change[] {
  return [...begin, ...sides.flat(), ...end];
}

/**
 * Computes what makes a process fit for a network again that had one before: the veth took all of
 * that with it but the filters on the process's own loopback link.
 *
 * @param container The container.
 */
export function clearLoopbackPlan({ id, pid }: NewContainer): Change[] {
  const handle = String(pid);
  return [
    { kind: "symlink", path: symlinkPath(id), target: handlePath(pid) },
    step(attachNamespace(handle, pid)),
    ...inNamespace(handle, [deleteIngress(LO)]).map((command) => step(command)),
    step(deleteNamespace(handle)),
    { kind: "unlink", path: symlinkPath(id) },
  ];
}
