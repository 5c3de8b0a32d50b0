import { addAddress, type AddressedLink } from "../../routing/address.ts";
import { setLink } from "../../routing/link.ts";
import { addIngress, hasIngress } from "../../routing/qdisc.ts";
import { addDefaultRoute } from "../../routing/route.ts";
import type { Command } from "../../kernel/command.ts";
import { inNamespace, step } from "../change.ts";
import type { HostConfig } from "../host_config.ts";
import { containerSettings, LO } from "../launch.ts";
import type { NewContainer } from "../isolate_plan.ts";
import { type Finding, finding, type FindingKind } from "./finding.ts";
import type { Inside } from "./inside.ts";

/**
 * Finds what is not as it should be about the links, addresses, routes, settings and ingress qdiscs
 * of a container's own namespace.
 *
 * @param host The host.
 * @param container The container.
 * @param inside What its namespace holds.
 */
export function insideFindings(
  host: HostConfig,
  container: NewContainer,
  inside: Inside,
): Finding[] {
  const { id, pid } = container;
  const namespace = String(pid);
  const found = (
    kind: FindingKind,
    object: string,
    says: string,
    commands: readonly Command[],
  ) => {
    const changes = inNamespace(namespace, commands).map((command) => step(command));
    return finding(kind, `${object} in namespace ${namespace}`, says, changes, id);
  };
  const [lo, eth0] = [LO, host.eth0].map((name) => inside.links.find((link) => link.name === name));
  if (lo === undefined || eth0 === undefined) {
    const name = lo === undefined ? LO : host.eth0;
    return [found("link", name, `${id} has no link ${name} any more; name it so again`, [])];
  }
  return [
    ...settingFindings(host, container, inside),
    ...[lo, eth0].flatMap((link) => {
      const wrong = wrongLink(host, link);
      const settings = { mac: host.mac, mtu: host.mtu, up: true };
      return wrong === undefined
        ? []
        : [found("link", link.name, `${link.name} of ${id} ${wrong}`, [
          setLink(link.name, settings),
        ])];
    }),
    ...addressFindings(host, id, eth0, found),
    ...routeFindings(host, id, inside, found),
    ...[LO, host.eth0].filter((link) => !hasIngress(inside.qdiscs, link)).map((link) =>
      found("qdisc", `${link} ingress`, `${link} of ${id} has no ingress qdisc`, [addIngress(link)])
    ),
  ];
}

/** Makes a finding inside the container. */
type Found = (
  kind: FindingKind,
  object: string,
  says: string,
  commands: readonly Command[],
) => Finding;

function settingFindings(
  host: HostConfig,
  { id, pid, ephemeralPorts }: NewContainer,
  inside: Inside,
): Finding[] {
  const namespace = String(pid);
  return [...containerSettings(host, ephemeralPorts)]
    .filter(([key, value]) => inside.settings.get(key) !== value)
    .map(([key, value]) => {
      const says = `${key} of ${id} is ${inside.settings.get(key) ?? "absent"} instead of ${value}`;
      const required = new Map([[key, value]]);
      return finding("setting", `${key} in namespace ${namespace}`, says, [
        { kind: "settings", namespace, required, optional: new Map() },
      ], id);
    });
}

/**
 * Says what is wrong with a link, which must be up and bear the host's MAC address and MTU.
 *
 * @param host The host.
 * @param link The link.
 * @returns The end of a sentence, or undefined where all is well.
 */
export function wrongLink(
  host: HostConfig,
  link: Pick<AddressedLink, "mac" | "mtu" | "up">,
): string | undefined {
  if (link.mac !== host.mac) return `has the MAC address ${link.mac} instead of ${host.mac}`;
  if (link.mtu !== host.mtu) return `has the MTU ${link.mtu} instead of ${host.mtu}`;
  return link.up ? undefined : "is down";
}

function addressFindings(host: HostConfig, id: string, eth0: AddressedLink, found: Found) {
  const { address, prefixLength } = host;
  const isThere = eth0.addresses.some((each) =>
    each.address === address && each.prefixLength === prefixLength
  );
  const cidr = `${address}/${prefixLength}`;
  return isThere ? [] : [
    found("address", `${cidr} on ${eth0.name}`, `${id} has lost the address ${cidr}`, [
      addAddress(eth0.name, { address, prefixLength }),
    ]),
  ];
}

function routeFindings(host: HostConfig, id: string, { route }: Inside, found: Found) {
  const { gateway, eth0 } = host;
  if (route?.gateway === gateway && route.link === eth0) return [];
  return route === undefined
    ? [
      found("route", "default route", `${id} has lost its default route via ${gateway}`, [
        addDefaultRoute({ gateway, link: eth0 }),
      ]),
    ]
    : [
      found(
        "route",
        "default route",
        `${id} has a default route via ${route.gateway} instead of ${gateway}; delete it, ` +
          "then repair again",
        [],
      ),
    ];
}
