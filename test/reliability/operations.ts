import { Isolator } from "../../src/isolator/isolator.ts";
import type { FilterLayout, IsolatorOptions } from "../../src/isolator/options.ts";
import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";
import { type IntervalSet, parsePorts } from "../../src/ports/mod.ts";
import type { ContainerStation } from "../support/world.ts";
import type { Bed } from "./bed.ts";

/** What an operation works with. */
export interface Scene {
  /** The host. */
  readonly bed: Bed;
  /** Processes that wait for a network, or have one. */
  readonly victims: readonly ContainerStation[];
}

/** One call of the lifecycle, which may be cut short or fail anywhere. */
export interface Operation {
  /** What it is called in reports. */
  readonly name: string;
  /** Whether it begins with a host that has never seen Berth. */
  readonly isBare?: boolean;
  /** How many processes it needs; one when left out. */
  readonly victims?: number;
  /**
   * Opens the host; as a new process that takes in what there is when left out. What it does is a
   * part of the operation only where `isOpening` says so.
   */
  readonly open?: (bed: Bed, kernel: KernelNetwork) => Promise<Isolator>;
  /** Whether opening the host is the operation, or a part of it. */
  readonly isOpening?: boolean;
  /** What was done before it, by another process or by the same. */
  readonly before?: (scene: Scene, isolator: Isolator) => Promise<void>;
  /** Whether the same process did what was done before: it need not look again. */
  readonly isSameProcess?: boolean;
  /** The operation; doing it again where it was done already must be harmless. */
  readonly run: (scene: Scene, isolator: Isolator) => Promise<unknown>;
  /** Whether a failure leaves the host as it was before. */
  readonly isUndone?: boolean;
  /** Takes away all that came of it and of what was before it. */
  readonly after: (scene: Scene, isolator: Isolator) => Promise<void>;
}

/** Recovery did not do all that it should have. */
export class RecoveryProblems extends Error {
  /** @param problems What was not done, one sentence each. */
  constructor(problems: readonly string[]) {
    super(problems.join("; "));
    this.name = "RecoveryProblems";
  }
}

/** Ids and ports of containers that operations work on. */
const VICTIMS = [
  ["victim", "31016-31023,31033"],
  ["second", "31040-31047"],
  ["third", "31048-31055"],
] as const;

const MORE_PORTS = parsePorts("31016-31023,31033,31200-31206");
const FEWER_PORTS = parsePorts("31018-31019");

async function isolateAll({ victims }: Scene, isolator: Isolator): Promise<void> {
  const known = new Set(isolator.containers.map(({ id }) => id));
  const isolated = new Set(
    isolator.containers.flatMap(({ id, pid }) => pid === undefined ? [] : [id]),
  );
  const wanted = victims.flatMap(({ pid }, i) => {
    const [id, ports] = VICTIMS[i] ?? [];
    return id === undefined || ports === undefined || isolated.has(id) ? [] : [{ id, ports, pid }];
  });
  for (const { id, ports } of wanted) {
    if (!known.has(id)) await isolator.prepare(id, { ports: parsePorts(ports) });
  }
  const ends = await Promise.allSettled(wanted.map(({ id, pid }) => isolator.isolate(id, pid)));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function cleanupAll(_: Scene, isolator: Isolator): Promise<void> {
  for (const [id] of VICTIMS) await isolator.cleanup(id);
}

function updateTo(ports: IntervalSet) {
  return (_: Scene, isolator: Isolator) => isolator.update("victim", { ports });
}

async function killAll({ victims }: Scene): Promise<void> {
  for (const victim of victims) await victim.kill();
}

/** What a crash, a reboot of the launcher and a careless operator leave behind. */
async function makeMess(scene: Scene, isolator: Isolator): Promise<void> {
  await isolateAll(scene, isolator);
  const [dead] = scene.victims;
  await dead?.kill();
  const { kernel } = scene.bed.world;
  const links = "/var/run/mesos/netns";
  await kernel.symlink("/var/run/netns/4000001", `${links}/dangling`);
  await kernel.execute({ tool: "ip", args: ["netns", "add", "4000002"], effect: "change" });
  await kernel.symlink("/var/run/netns/4000002", `${links}/stale`);
  await kernel.symlink("/var/run/netns/4000002", `${links}/twin`);
}

function recovering(options: (options: IsolatorOptions) => IsolatorOptions) {
  return (bed: Bed, kernel: KernelNetwork) => Isolator.create(options(bed.options), kernel);
}

/**
 * Recovers the host, as some operations do.
 *
 * @param _ The host and its processes.
 * @param isolator An isolator that knows of no container yet.
 * @throws {RecoveryProblems} If recovery has problems.
 */
export async function recover(_: Scene, isolator: Isolator): Promise<void> {
  const { problems } = await isolator.recover();
  if (problems.length > 0) throw new RecoveryProblems(problems);
}

function withLayout(filterLayout: FilterLayout) {
  return (options: IsolatorOptions) => ({ ...options, filterLayout });
}

/** Restarts with what the other process of the same host had, and brings the host back to it. */
async function restore({ bed }: Scene): Promise<void> {
  await recover({ bed, victims: [] }, await Isolator.create(bed.options, bed.world.kernel));
}

/** Every operation that runs commands. `prepare` is none of them: it only counts. */
export const OPERATIONS: readonly Operation[] = [
  {
    name: "create",
    isBare: true,
    victims: 0,
    isOpening: true,
    open: recovering((options) => options),
    run: () => Promise.resolve(),
    after: () => Promise.resolve(),
  },
  { name: "prepare and isolate", run: isolateAll, after: cleanupAll, isUndone: true },
  { name: "isolate three together", victims: 3, run: isolateAll, after: cleanupAll },
  {
    name: "update to more ports",
    before: isolateAll,
    run: updateTo(MORE_PORTS),
    after: cleanupAll,
  },
  {
    name: "update to fewer ports",
    before: isolateAll,
    run: updateTo(FEWER_PORTS),
    after: cleanupAll,
  },
  {
    name: "update to more ports by the process that isolated",
    before: isolateAll,
    isSameProcess: true,
    run: updateTo(MORE_PORTS),
    after: cleanupAll,
  },
  {
    name: "update to fewer ports by the process that isolated",
    before: isolateAll,
    isSameProcess: true,
    run: updateTo(FEWER_PORTS),
    after: cleanupAll,
  },
  { name: "cleanup", before: isolateAll, run: cleanupAll, after: cleanupAll },
  {
    name: "cleanup by the process that isolated",
    before: isolateAll,
    isSameProcess: true,
    run: cleanupAll,
    after: cleanupAll,
  },
  {
    name: "cleanup of the dead",
    before: async (scene, isolator) => {
      await isolateAll(scene, isolator);
      await killAll(scene);
    },
    run: cleanupAll,
    after: cleanupAll,
  },
  {
    name: "recover",
    victims: 2,
    isOpening: true,
    open: recovering((options) => options),
    before: makeMess,
    run: recover,
    after: cleanupAll,
  },
  ...(["hashed", "linear"] as const).map((layout): Operation => ({
    name: `move to the ${layout} layout`,
    isOpening: true,
    open: recovering(withLayout(layout)),
    before: async (scene, isolator) => {
      const other = layout === "hashed" ? "linear" : "hashed";
      const { bed } = scene;
      await isolateAll(scene, isolator);
      await recover(scene, await recovering(withLayout(other))(bed, bed.world.kernel));
    },
    run: recover,
    after: async (scene, isolator) => {
      await cleanupAll(scene, isolator);
      await restore(scene);
    },
  })),
];
