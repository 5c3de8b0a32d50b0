import type { NetworkNamespace } from "../model/namespace.ts";
import { ICMP_TYPE, UNREACHABLE_CODE } from "../packet/icmp.ts";
import { type DecodedIpv4, rewriteIpv4 } from "../packet/ipv4.ts";
import type { IcmpErrors } from "./icmp_errors.ts";
import type { InputRoute, RouteError } from "./input_route.ts";
import type { Packet } from "./packet.ts";
import type { PathContext } from "./path_context.ts";
import { priorityOfService } from "./service_priority.ts";

/** A route to another machine. */
export type ForwardRoute = Extract<InputRoute, { readonly kind: "forward" }>;

/** What a sender hears of a datagram without a way. */
const UNREACHABLE: Readonly<Record<RouteError, number | undefined>> = {
  network: UNREACHABLE_CODE.network,
  host: UNREACHABLE_CODE.host,
  prohibited: UNREACHABLE_CODE.prohibited,
  blackhole: undefined,
};

/** Passes datagrams on to other machines, as the kernel's `ip_forward` does. */
export class Forwarding {
  readonly #context: PathContext;
  readonly #namespace: NetworkNamespace;
  readonly #errors: IcmpErrors;

  /**
   * @param context What is around it.
   * @param namespace Whose forwarding.
   * @param errors Where senders hear of what is wrong.
   */
  constructor(context: PathContext, namespace: NetworkNamespace, errors: IcmpErrors) {
    this.#context = context;
    this.#namespace = namespace;
    this.#errors = errors;
  }

  /**
   * Makes a datagram ready to leave.
   *
   * @param packet The packet.
   * @param header Its header.
   * @param route Its way.
   * @returns Whether it goes on.
   */
  prepare(packet: Packet, header: DecodedIpv4, route: ForwardRoute): boolean {
    const { snmp } = this.#namespace;
    const faulty = { packet, header, to: undefined };
    if (packet.type !== "host") {
      this.#context.drop(packet, `not forwarded: ${packet.type} frame`);
      return false;
    }
    if (header.ttl <= 1) {
      snmp.add("Ip", "InHdrErrors");
      this.#errors.send(faulty, { type: ICMP_TYPE.timeExceeded, code: 0 });
      this.#context.drop(packet, "time to live exceeded");
      return false;
    }
    snmp.add("Ip", "ForwDatagrams");
    const mtuBytes = route.route.mtu ?? route.link.mtu;
    if (header.totalBytes > mtuBytes && header.dontFragment) {
      snmp.add("Ip", "FragFails");
      const { fragmentationNeeded: code } = UNREACHABLE_CODE;
      this.#errors.send(faulty, { type: ICMP_TYPE.destinationUnreachable, code, rest: mtuBytes });
      this.#context.drop(packet, "fragmentation needed");
      return false;
    }
    rewriteIpv4(packet.ownBytes, packet.networkOffset, { ttl: header.ttl - 1 });
    packet.priority = priorityOfService(header.trafficClass);
    if (route.isDetour && this.#errors.limits.allowsRedirect(header.source)) {
      const rest = route.route.gateway ?? header.destination;
      this.#errors.send(faulty, { type: ICMP_TYPE.redirect, code: REDIRECT_HOST, rest });
    }
    this.#context.note(packet, "forward", `to ${route.link.name}`);
    return true;
  }

  /**
   * Ends a datagram that has no way.
   *
   * @param packet The packet.
   * @param header Its header.
   * @param route What was found out.
   */
  refuse(
    packet: Packet,
    header: DecodedIpv4,
    route: Extract<InputRoute, { readonly kind: "error" }>,
  ): void {
    const { snmp } = this.#namespace;
    if (!route.forwards) {
      snmp.add("Ip", "InAddrErrors");
      const isUnknown = route.error === "network";
      return this.#context.drop(
        packet,
        isUnknown ? "no route" : "not for this host (ip_forward is off)",
      );
    }
    if (route.error === "network") snmp.add("IpExt", "InNoRoutes");
    const code = UNREACHABLE[route.error];
    if (code !== undefined && this.#errors.limits.allowsRouteError(header.source)) {
      const type = ICMP_TYPE.destinationUnreachable;
      this.#errors.send({ packet, header, to: undefined }, { type, code });
    }
    this.#context.drop(packet, `no route: ${route.error}`);
  }
}

/** Code of a redirect for one host, the only kind that Linux sends. */
const REDIRECT_HOST = 1;
