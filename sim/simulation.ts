import { addLink } from "./model/link_making.ts";
import type { Feature } from "./model/features.ts";
import type { Link } from "./model/link.ts";
import type { Mac } from "./model/mac.ts";
import { Machine } from "./model/machine.ts";
import type { NetworkNamespace } from "./model/namespace.ts";
import type { Wire } from "./model/wire.ts";
import { invariant } from "./model/invariant.ts";
import { Datapath } from "./path/datapath.ts";
import { Ipv4Stack } from "./path/ipv4_stack.ts";
import { makeLinkQueues } from "./qdisc/link_queues.ts";
import { SeededRandom } from "./time/seeded_random.ts";
import { VirtualClock } from "./time/virtual_clock.ts";

/** How a {@linkcode Simulation} is made. */
export interface SimulationOptions {
  /** Where all chance comes from: the same seed gives the same bytes. 1 when left out. */
  readonly seed?: number;
  /** Whether every packet keeps a trace; false when left out. */
  readonly isTracing?: boolean;
}

/** A computer that joins a simulation. */
export interface MachineSpec {
  /** Its name, for traces. */
  readonly name: string;
  /** Kinds of traffic control that its kernel was built with; all when left out. */
  readonly features?: ReadonlySet<Feature>;
  /** Its processors; 2 when left out. */
  readonly cpuCount?: number;
}

/** A network card that a machine gets. */
export interface CardSpec {
  /** Name of its link. */
  readonly name: string;
  /** Its MAC address; a random one when left out. */
  readonly mac?: Mac;
  /** The segment that its cable leads to. */
  readonly wire: Wire;
  /** Its speed in Mbit/s, which frames take their time at; undefined for one without a limit. */
  readonly speedMbitPerSecond?: number;
}

/** Machines, the wires between them, and the packets on their way: one clock and one seed. */
export class Simulation {
  /** The one clock. */
  readonly clock: VirtualClock = new VirtualClock();
  /** The one source of chance. */
  readonly random: SeededRandom;
  /** The way of packets, with their traces and the findings about them. */
  readonly datapath: Datapath;
  readonly #machines: Map<string, Machine> = new Map();
  readonly #stacks: WeakMap<NetworkNamespace, Ipv4Stack> = new WeakMap();

  /** @param options What differs from the defaults. */
  constructor(options: SimulationOptions = {}) {
    this.random = new SeededRandom(options.seed ?? 1);
    this.datapath = new Datapath({
      clock: this.clock,
      makeQueues: makeLinkQueues,
      makeStack: (context, namespace) => {
        const stack = new Ipv4Stack(context, namespace);
        this.#stacks.set(namespace, stack);
        return stack;
      },
    });
    this.datapath.isTracing = options.isTracing ?? false;
  }

  /** Its machines, in the order of their joining. */
  get machines(): readonly Machine[] {
    return [...this.#machines.values()];
  }

  /**
   * Adds a machine.
   *
   * @param spec What it is made of.
   * @throws {RangeError} If its name is taken.
   */
  addMachine(spec: MachineSpec): Machine {
    if (this.#machines.has(spec.name)) {
      throw new RangeError(`A machine is called "${spec.name}" already; choose another name`);
    }
    const machine = new Machine({ ...spec, clock: this.clock, random: this.random });
    this.#machines.set(spec.name, machine);
    return machine;
  }

  /**
   * Gives a machine a network card, and plugs its cable in. The link is down.
   *
   * @param machine A machine of this simulation.
   * @param spec What the card is.
   */
  addCard(machine: Machine, spec: CardSpec): Link {
    invariant(this.#machines.get(machine.name) === machine, "a card goes into a machine of ours");
    const link = addLink("physical", {
      namespace: machine.home,
      name: spec.name,
      mac: spec.mac,
      mtu: undefined,
      txQueueLength: undefined,
    });
    link.speedMbitPerSecond = spec.speedMbitPerSecond;
    spec.wire.connect(link);
    return link;
  }

  /**
   * Gives the IPv4 stack of a namespace, with its sockets.
   *
   * @param namespace A namespace of one of the machines.
   */
  stack(namespace: NetworkNamespace): Ipv4Stack {
    const known = this.#stacks.get(namespace);
    if (known !== undefined) return known;
    this.datapath.stack(namespace);
    const made = this.#stacks.get(namespace);
    invariant(made !== undefined, "the datapath makes every stack through us");
    return made;
  }
}
