import { LOOPBACK, parseIpv4 } from "../../routing/address.ts";
import type { Claim, Due, PortFates } from "./claim.ts";
import type { Test } from "./packet_set.ts";
import {
  type FieldName,
  type PortField,
  testEither,
  testField,
  testPorts,
  testType,
} from "./packet_test.ts";
import { portFates } from "./port_fates.ts";
import type { Owner, Place, SteeredHost, Steering } from "./steering.ts";
import type { Fate } from "./walk.ts";

/**
 * Whose packets are whose: what should become of every packet at every link, told from the ports
 * that containers have. Nothing here knows how filters are laid out, but for what the linear layout
 * of the reference leaves to the host or gives to all.
 *
 * @module
 */

/** What is due to packets at one place. */
export interface Dues {
  /** The claims, the first that fits before others. */
  readonly claims: readonly Claim[];
  /** What is due to all others. */
  readonly otherwise: Fate;
}

const STACK: Fate = { stack: true, links: [] };
const ICMP = 1;
const TRANSPORTS = [6, 17];
const TYPE = { ip: 0x0800, arp: 0x0806 };

/** ICMP types: an answer, a question, and errors: unreachable, quench, exceeded, problem. */
const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;
const ERRORS = [3, 4, 11, 12];
/** The errors that a container's own stack sends: unreachable, and exceeded. */
const ERRORS_SENT = [3, 11];

/** ARP's Ethernet, IPv4 and their lengths; the operations that ask and answer. */
const ARP_KINDS = 0x000108000604;
const ARP_REQUEST = 1;
const ARP_REPLY = 2;

const is = (name: FieldName, value: number): Test => testField(name, value);
const IP = testType(TYPE.ip);
const IS_ARP = testType(TYPE.arp);
const PLAIN = is("headerWords", 5);
const FIRST = is("fragmentOffset", 0);

/** Makes alternatives of alternatives: one list for each choice of one test from each of them. */
function each(...choices: readonly (Test | readonly Test[])[]): Test[][] {
  return choices.reduce<Test[][]>(
    (lists, choice) =>
      lists.flatMap((list) => [choice].flat().map((test: Test) => [...list, test])),
    [[]],
  );
}

const CARRIES_PORTS = testEither("protocol", TRANSPORTS);
const QUOTES_PORTS = testEither("quotedProtocol", TRANSPORTS);

/** What must be so inside a container before a packet's port is read, and before it leaves lo. */
interface InnerGuards {
  readonly steered: readonly Test[];
  readonly leaving: readonly Test[];
  /** ICMP errors that may be about another container's packets; undefined where all stay inside. */
  readonly errors?: readonly Test[];
}

/** A container that was taken over keeps the reference's filters inside, which guard less. */
const INNER_GUARDS: Readonly<Record<"hashed" | "linear" | "reference", InnerGuards>> = {
  hashed: {
    steered: [FIRST, CARRIES_PORTS],
    leaving: [],
    errors: [PLAIN, FIRST, is("protocol", ICMP), testEither("icmpType", ERRORS_SENT)],
  },
  linear: { steered: [PLAIN, FIRST, CARRIES_PORTS], leaving: [PLAIN] },
  reference: { steered: [PLAIN], leaving: [] },
};

/** Bits of a header's second word that tell a later fragment; the reference never looks at them. */
const FRAGMENT_BITS = 0x1fff;

function layoutOf({ filters }: Place): keyof typeof INNER_GUARDS {
  if (filters.some(({ divisor }) => divisor !== undefined)) return "hashed";
  const isGuarded = filters.some(({ keys }) =>
    keys.some(({ offset, mask }) => offset === 4 && mask === FRAGMENT_BITS)
  );
  return isGuarded ? "linear" : "reference";
}

/** Bits of a header's first word that tell whether it has options. */
const LENGTH_BITS = 0x0f000000;

/**
 * Finds the guards inside a container. Where the ports of one that was taken over have changed
 * since, they are guarded, and its ways out are still the reference's.
 */
function innerGuardsOf(place: Place): InnerGuards {
  const layout = layoutOf(place);
  const guards = INNER_GUARDS[layout];
  const isGuarded = place.filters.some(({ actions, keys }) =>
    actions.length > 0 && keys.some(({ offset, mask }) => offset === 0 && mask === LENGTH_BITS)
  );
  if (layout !== "linear" || isGuarded) return guards;
  return { ...guards, leaving: INNER_GUARDS.reference.leaving };
}

/** Finds what is due at each place of a host. */
export class Ownership {
  readonly #host: SteeredHost;
  readonly #address: number;
  readonly #mac: number;
  readonly #selves: { readonly source: readonly Test[]; readonly destination: readonly Test[] };
  readonly #toOwners: PortFates;
  readonly #toAll: Fate;

  /** @param steering The host and its containers. */
  constructor({ host, owners }: Pick<Steering, "host" | "owners">) {
    this.#host = host;
    this.#address = parseIpv4(host.address);
    this.#mac = Number.parseInt(host.mac.replaceAll(":", ""), 16);
    const addresses = [this.#address, parseIpv4(LOOPBACK)];
    const selves = (name: FieldName) => addresses.map((address) => is(name, address));
    this.#selves = { source: selves("source"), destination: selves("destination") };
    this.#toOwners = portFates(owners, ({ veth }) => ({ stack: false, links: [veth] }));
    this.#toAll = { stack: true, links: owners.map(({ veth }) => veth) };
  }

  /**
   * Tells what is due at a place.
   *
   * @param place The place; whether hash tables are among its filters tells the layout.
   */
  dues(place: Place): Dues {
    const layout = layoutOf(place);
    const isHashed = layout === "hashed";
    const { owner } = place;
    if (owner === undefined) {
      const isEth0 = place.kind === "eth0";
      const claims = isHashed
        ? isEth0 ? this.#fromWire() : this.#throughLo()
        : isEth0
        ? this.#fromWireLinear()
        : this.#throughLoLinear();
      return { claims, otherwise: STACK };
    }
    if (place.kind === "inner-eth0") return this.#into(owner, innerGuardsOf(place));
    if (place.kind === "inner-lo") return this.#within(owner, innerGuardsOf(place));
    return isHashed
      ? { claims: this.#outOf(owner), otherwise: via(owner.veth) }
      : { claims: this.#outOfLinear(owner), otherwise: STACK };
  }

  #byPort(by: PortField): Due {
    return { by, owners: this.#toOwners, nobody: STACK };
  }

  /** What the wire brings. */
  #fromWire(): Claim[] {
    const gateway = parseIpv4(this.#host.gateway);
    const forHost = [IP, is("destinationMac", this.#mac), is("destination", this.#address), FIRST];
    const errors = testEither("icmpType", ERRORS);
    const icmp = [...forHost, is("protocol", ICMP)];
    return [
      { when: each(...forHost, CARRIES_PORTS), due: this.#byPort("destinationPort") },
      {
        when: each(...icmp, errors, is("quotedFragmentOffset", 0), QUOTES_PORTS),
        due: this.#byPort("quotedSourcePort"),
      },
      { when: each(...icmp, errors, is("quotedProtocol", ICMP)), due: this.#toAll },
      { when: each(...icmp, is("icmpType", ECHO_REPLY)), due: this.#toAll },
      { when: each(IS_ARP, is("arpOperation", ARP_REPLY)), due: this.#toAll },
      {
        when: each(
          ...[IS_ARP, is("arpOperation", ARP_REQUEST)],
          ...[is("arpSender", gateway), is("arpTarget", gateway)],
        ),
        due: this.#toAll,
      },
    ];
  }

  #fromWireLinear(): Claim[] {
    const forHost = [IP, is("destination", this.#address)];
    const steered = [...forHost, is("destinationMac", this.#mac), PLAIN, FIRST];
    return [
      { when: each(...steered, CARRIES_PORTS), due: this.#byPort("destinationPort") },
      { when: each(...forHost, is("protocol", ICMP)), due: this.#toAll },
      { when: each(IS_ARP, has("arpHardware")), due: this.#toAll },
    ];
  }

  /** What the host and containers send to the host's own addresses. */
  #throughLo(): Claim[] {
    const toSelf = each(IP, FIRST, this.#selves.destination);
    const errors = testEither("icmpType", ERRORS);
    const quoting = each(is("protocol", ICMP), errors, is("quotedFragmentOffset", 0), QUOTES_PORTS);
    return [
      { when: both(toSelf, each(CARRIES_PORTS)), due: this.#byPort("destinationPort") },
      { when: both(toSelf, quoting), due: this.#byPort("quotedSourcePort") },
    ];
  }

  #throughLoLinear(): Claim[] {
    return [{
      when: each(IP, PLAIN, FIRST, CARRIES_PORTS),
      due: this.#byPort("destinationPort"),
    }];
  }

  /** What a container sends. */
  #outOf({ ports }: Owner): Claim[] {
    const { eth0, lo } = this.#host;
    const { source, destination } = this.#selves;
    const own = [IP, is("sourceMac", this.#mac), FIRST];
    const asHost = is("source", this.#address);
    const fromPorts = each(...own, CARRIES_PORTS, testPorts("sourcePort", ports));
    const icmp = [...own, PLAIN, is("protocol", ICMP), asHost];
    const toHost = is("destination", this.#address);
    const errors = [
      testEither("icmpType", ERRORS_SENT),
      QUOTES_PORTS,
      is("quotedFragmentOffset", 0),
      is("quotedDestination", this.#address),
      testPorts("quotedDestinationPort", ports),
    ];
    return [
      { when: both(fromPorts, each(source, destination)), due: via(lo) },
      { when: both(fromPorts, each(asHost, has("destination"))), due: via(eth0) },
      { when: each(...icmp, is("icmpType", ECHO_REQUEST)), due: via(eth0) },
      { when: each(...icmp, toHost, ...errors), due: via(lo) },
      { when: each(...icmp, ...errors), due: via(eth0) },
      {
        when: each(
          ...[IS_ARP, is("sourceMac", this.#mac), is("arpKinds", ARP_KINDS)],
          ...[is("arpOperation", ARP_REQUEST), is("arpSenderMac", this.#mac)],
          is("arpSender", this.#address),
        ),
        due: via(eth0),
      },
    ];
  }

  #outOfLinear({ ports }: Owner): Claim[] {
    const { eth0, lo } = this.#host;
    const fromPorts = each(IP, PLAIN, FIRST, CARRIES_PORTS, testPorts("sourcePort", ports));
    return [
      { when: both(fromPorts, each(this.#selves.destination)), due: via(lo) },
      { when: fromPorts, due: via(eth0) },
      { when: each(IP, is("protocol", ICMP)), due: via(eth0) },
      { when: each(IS_ARP, has("arpHardware")), due: via(eth0) },
    ];
  }

  /** What reaches a container: all is its own, but the loopback's packets arrive by lo. */
  #into({ ports }: Owner, { steered }: InnerGuards): Dues {
    const loopback = is("destination", parseIpv4(LOOPBACK));
    const toPorts = testPorts("destinationPort", ports);
    const when = each(IP, ...steered, loopback, toPorts);
    return { claims: [{ when, due: via("lo") }], otherwise: STACK };
  }

  /** What a container sends to itself stays where it is for its own ports, and leaves if not. */
  #within({ ports }: Owner, { steered, leaving, errors }: InnerGuards): Dues {
    const { destination } = this.#selves;
    const toPorts = testPorts("destinationPort", ports);
    const toHost = is("destination", this.#address);
    return {
      claims: [
        ...(errors === undefined
          ? []
          : [{ when: each(IP, ...errors, toHost), due: via(this.#host.eth0) }]),
        { when: each(IP, is("protocol", ICMP), destination), due: STACK },
        { when: each(IP, ...steered, toPorts), due: STACK },
        { when: each(IP, ...leaving, destination), due: via(this.#host.eth0) },
      ],
      otherwise: STACK,
    };
  }
}

function via(link: string): Fate {
  return { stack: false, links: [link] };
}

function both(left: readonly Test[][], right: readonly Test[][]): Test[][] {
  return left.flatMap((tests) => right.map((more) => [...tests, ...more]));
}

/** A field must be there to be read, whatever it says. */
function has(name: FieldName): Test {
  return { ...is(name, 0), units: [] };
}
