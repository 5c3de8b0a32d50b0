import { type Container, vethName } from "./container.ts";
import { namespaceOfProcess } from "./container_handle.ts";
import { type Context, noteNodes } from "./context.ts";
import { type HostState, readHostState } from "./host_state.ts";
import { recoverContainers } from "./recovered.ts";
import type { IsolatedEntry, Registry } from "./registry.ts";

/**
 * How a container that the kernel holds is doing.
 *
 * - `running`: its process is in the network that it was given.
 * - `partial`: a crash left it half made.
 * - `dead`: its process is gone, or its number now names another.
 */
export type ContainerStatus = "running" | "partial" | "dead";

/** A container that the kernel holds. */
export interface FoundContainer {
  /** What is known of it. */
  readonly entry: IsolatedEntry;
  /** How it is doing. */
  readonly status: ContainerStatus;
}

/**
 * Takes in every container that the kernel holds, and changes nothing.
 *
 * @param context What to work with; its registry must be empty.
 * @returns The containers, in the order of their links; those without an id are left out.
 * @throws {KernelError} If the kernel cannot be read.
 */
export async function adoptAllContainers(context: Context): Promise<FoundContainer[]> {
  const { kernel, host } = context;
  const state = await readHostState(kernel, host);
  noteNodes(context, state.filters);
  const found = recoverContainers(host, state).map(async (container): Promise<FoundContainer[]> => {
    const { id } = container;
    if (id === undefined) return [];
    const status = await statusOf(context, state, container);
    return [{ entry: adoptContainer(context, { ...container, id }).entry, status }];
  });
  return (await Promise.all(found)).flat();
}

/**
 * Takes one container in.
 *
 * @param context What to work with.
 * @param container The container.
 */
export function adoptContainer(
  context: Context,
  container: Container & { readonly id: string },
): ReturnType<Registry["adopt"]> {
  return context.registry.adopt(container);
}

/**
 * Tells how a container is doing. A process id alone proves nothing, since it may have been given
 * to another process: the process must be in the namespace that the handle keeps.
 *
 * @param context What to work with.
 * @param state What the kernel holds.
 * @param container The container.
 */
export async function statusOf(
  context: Pick<Context, "kernel" | "host">,
  state: HostState,
  container: Container,
): Promise<ContainerStatus> {
  const { pid } = container;
  const kept = state.handleNamespaces.get(String(pid));
  const actual = await namespaceOfProcess(context.kernel, pid);
  if (actual === undefined || (kept !== undefined && kept !== actual)) return "dead";
  const veth = vethName(context.host.options.vethPrefix, pid);
  const isUp = state.links.some(({ name, up }) => name === veth && up);
  return container.ephemeralPorts !== undefined && isUp && kept !== undefined
    ? "running"
    : "partial";
}
