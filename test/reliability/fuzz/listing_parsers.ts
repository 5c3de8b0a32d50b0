import { namespacesOfHandles } from "../../../src/isolator/container_handle.ts";
import { parseAlias, pidOfCookie } from "../../../src/isolator/mark.ts";
import { pidOfVeth } from "../../../src/isolator/container.ts";
import { portsOf } from "../../../src/isolator/listed_ports.ts";
import { missingCapabilities } from "../../../src/isolator/privileges.ts";
import { errnoFromStderr } from "../../../src/kernel/errno.ts";
import { parseAddresses } from "../../../src/routing/address.ts";
import {
  type ListedFilter,
  listedIdentity,
  parseFilters,
} from "../../../src/routing/filter_listing.ts";
import { parseHtbClasses } from "../../../src/routing/htb_listing.ts";
import { ListingError } from "../../../src/routing/json.ts";
import { type Link, parseCounters, parseLinks } from "../../../src/routing/link.ts";
import { isSharedMount } from "../../../src/routing/namespace.ts";
import { parseQdiscs } from "../../../src/routing/qdisc.ts";
import { parseMeasuredQdiscs } from "../../../src/routing/queue_statistics.ts";
import { parseDefaultRoutes } from "../../../src/routing/route.ts";
import { parseSnmp } from "../../../src/routing/snmp.ts";
import { isIpv4Socket, parseTcpSockets } from "../../../src/routing/socket.ts";
import { parseSockstat } from "../../../src/routing/sockstat.ts";
import { parseSysctls } from "../../../src/routing/sysctl.ts";
import { type Parser, parser } from "./parser.ts";
import {
  isCounter,
  isIpv4,
  isPorts,
  isQuantity,
  isText,
  isUpTo,
  UINT12_MAX,
  UINT16_MAX,
  UINT32_MAX,
  UINT8_MAX,
} from "./ranges.ts";
import type { Samples } from "./samples.ts";

/** What a parser of a listing may throw. */
const mayThrow = [ListingError];

/**
 * Makes the parsers of what tools print and of what files below `/proc` hold.
 *
 * @param samples What those say when all is well.
 */
export function listingParsers(samples: Samples): Parser[] {
  return [
    ...jsonParsers(samples),
    ...controlParsers(samples),
    ...fileParsers(samples),
    ...wordParsers(samples),
  ];
}

function jsonParsers(samples: Samples): Parser[] {
  const links = samples.answers(/^ip .*-j.* (link|addr) show/);
  const qdiscs = samples.answers(/^tc .*-j.*qdisc show/);
  return [
    parser({
      name: "parseLinks",
      samples: links,
      parse: parseLinks,
      mayThrow,
      isValid: (all) => all.every(isLink),
    }),
    parser({
      name: "parseAddresses",
      samples: links,
      parse: parseAddresses,
      mayThrow,
      isValid: (all) =>
        all.every((link) =>
          isLink(link) &&
          link.addresses.every(({ address, prefixLength }) =>
            isIpv4(address) && isUpTo(prefixLength, 32)
          )
        ),
    }),
    parser({
      name: "parseCounters",
      samples: samples.answers(/^ip .*-s .*link show/),
      parse: parseCounters,
      mayThrow,
      isValid: (all) => [...all.values()].every((each) => Object.values(each).every(isCounter)),
    }),
    parser({
      name: "parseQdiscs",
      samples: qdiscs,
      parse: parseQdiscs,
      mayThrow,
      isValid: (all) => all.every((qdisc) => Object.values(qdisc).every(isText)),
    }),
    parser({
      name: "parseMeasuredQdiscs",
      samples: qdiscs,
      parse: parseMeasuredQdiscs,
      mayThrow,
      isValid: (all) => all.every(({ statistics }) => Object.values(statistics).every(isCounter)),
    }),
    parser({
      name: "parseDefaultRoutes",
      samples: samples.answers(/^ip .*-j.* route/),
      parse: parseDefaultRoutes,
      mayThrow,
      isValid: (all) => all.every(({ gateway, link }) => isIpv4(gateway) && isText(link)),
    }),
  ];
}

function isLink(link: Link): boolean {
  return isText(link.name) && isText(link.mac) && isUpTo(link.index, Number.MAX_SAFE_INTEGER) &&
    isUpTo(link.mtu, Number.MAX_SAFE_INTEGER);
}

/** Parsers of what `tc` and `ss` print as text. */
function controlParsers(samples: Samples): Parser[] {
  const filters = samples.answers(/^tc .*filter show/);
  const place = { link: "eth0", parent: "ffff:" };
  return [
    parser({
      name: "parseFilters",
      samples: filters,
      parse: (text) => parseFilters(text, place),
      mayThrow,
      isValid: (all) => all.every(isFilter),
    }),
    parser({
      name: "portsOf and listedIdentity",
      samples: filters,
      parse: (text) => {
        return parseFilters(text, place).flatMap((filter) => {
          listedIdentity(filter);
          return [...portsOf(filter, "sport"), ...portsOf(filter, "dport")];
        });
      },
      mayThrow,
      isValid: (ranges) => ranges.every(isPorts),
    }),
    parser({
      name: "parseHtbClasses",
      samples: samples.answers(/class show/),
      parse: parseHtbClasses,
      mayThrow,
      isValid: (all) =>
        all.every(({ handle, rateBytesPerSecond, ceilBytesPerSecond, burstBytes }) =>
          isText(handle) && [rateBytesPerSecond, ceilBytesPerSecond, burstBytes].every(isQuantity)
        ),
    }),
    parser({
      name: "parseTcpSockets",
      samples: samples.answers(/ss .*-ti/),
      parse: (text) => parseTcpSockets(text).map((each) => ({ ...each, v4: isIpv4Socket(each) })),
      mayThrow,
      isValid: (all) =>
        all.every(({ local, peer, rttMicroseconds = 0 }) =>
          [local, peer].every(({ port = 0 }) => isUpTo(port, UINT16_MAX)) &&
          isQuantity(rttMicroseconds)
        ),
    }),
  ];
}

/** Parsers of files below `/proc`, and of what `sysctl` prints of them. */
function fileParsers(samples: Samples): Parser[] {
  return [
    parser({
      name: "parseSockstat",
      samples: samples.answers(/sockstat$/),
      parse: parseSockstat,
      mayThrow,
      isValid: (all) => [...all.values()].every((each) => Object.values(each).every(isCounter)),
    }),
    parser({
      name: "parseSnmp",
      samples: samples.answers(/net\/snmp$/),
      parse: parseSnmp,
      mayThrow,
      isValid: (all) =>
        [...all.values()].every((each) =>
          [...each.values()].every((count) => isCounter(count < 0n ? -count : count))
        ),
    }),
    parser({
      name: "parseSysctls",
      samples: samples.answers(/sysctl/),
      parse: parseSysctls,
      mayThrow: [],
      isValid: (all) => [...all].every(([key, value]) => isText(key) && !/\s{2}|\n/.test(value)),
    }),
    parser({
      name: "namespacesOfHandles and isSharedMount",
      samples: samples.answers(/mountinfo/),
      parse: (text) => {
        isSharedMount(text, "/run/netns");
        return namespacesOfHandles(text);
      },
      mayThrow: [],
      isValid: (all) => [...all.keys()].every((name) => !name.includes("/")),
    }),
  ];
}

function isFilter({ priority, handle, keys, divisor = 1 }: ListedFilter): boolean {
  return isUpTo(priority, UINT16_MAX) && isUpTo(divisor, 256) &&
    keys.every(({ value, mask, offset }) =>
      isUpTo(value, UINT32_MAX) && isUpTo(mask, UINT32_MAX) && isUpTo(Math.abs(offset), UINT32_MAX)
    ) &&
    (handle === undefined ||
      isUpTo(handle.table, UINT12_MAX) && isUpTo(handle.bucket, UINT8_MAX) &&
        isUpTo(handle.node, UINT12_MAX));
}

/** Parsers of single words and lines. */
function wordParsers(samples: Samples): Parser[] {
  return [
    parser({
      name: "parseAlias",
      samples: ["berth web 61440-62463", "berth a-b.c 1-2 tx=1000/2000/3000 rx=9"],
      parse: parseAlias,
      mayThrow: [],
      isValid: (mark) =>
        mark === undefined || isPorts(mark.ephemeralPorts) &&
          [mark.egress, mark.ingress].every((limit) =>
            limit === undefined || Object.values(limit).every(isQuantity)
          ),
    }),
    parser({
      name: "pidOfCookie",
      samples: ["62657274680100001267"],
      parse: pidOfCookie,
      mayThrow: [],
      isValid: (pid) => pid === undefined || isUpTo(pid, UINT32_MAX),
    }),
    parser({
      name: "pidOfVeth",
      samples: ["mesos4711", "mesos1"],
      parse: (text) => pidOfVeth("mesos", text),
      mayThrow: [],
      isValid: (pid) => pid === undefined || isUpTo(pid, UINT32_MAX),
    }),
    parser({
      name: "missingCapabilities",
      samples: samples.answers(/\/status$/),
      parse: missingCapabilities,
      mayThrow: [],
      isValid: (all) => all.every(isText),
    }),
    parser({
      name: "errnoFromStderr",
      samples: samples.complaints,
      parse: errnoFromStderr,
      mayThrow: [],
      isValid: (errno) => /^E?[A-Z]+$/.test(errno),
    }),
  ];
}
