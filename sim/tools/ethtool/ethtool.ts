/**
 * `ethtool` of veth and loopback links: settings, driver and features.
 *
 * @module
 */

import type { Link } from "../../model/link.ts";
import type { NetworkNamespace } from "../../model/namespace.ts";
import type { Offloads } from "../../model/offloads.ts";
import type { Console } from "../console.ts";
import type { ToolRun } from "../tool_run.ts";
import { listFeatures, readChanges, switchFeatures } from "./features.ts";

const VERSION = "ethtool version 6.1\n";

/** Status of a request for settings that found nothing. */
const STATUS_NO_DATA = 75;
/** Status of a request for a driver that was refused. */
const STATUS_NO_DRIVER = 71;
/** Status of a switch that was refused. */
const STATUS_REFUSED = 92;

/** What netlink says of a name that no link has. */
const NO_DEVICE = "netlink error: no device matches name (offset 24)\n" +
  "netlink error: No such device\n";

/** Questions for settings, each of which is refused by itself: modes, state, debug, WoL, link. */
const SETTINGS_QUESTIONS = 5;

type Command = (link: Link | undefined, words: readonly string[], console: Console) => number;

const COMMANDS: Readonly<Record<string, Command>> = {
  "-k": showFeatures,
  "--show-features": showFeatures,
  "--show-offload": showFeatures,
  "-K": changeFeatures,
  "--features": changeFeatures,
  "--offload": changeFeatures,
  "-i": showDriver,
  "--driver": showDriver,
};

/**
 * Runs `ethtool`.
 *
 * @param run How it was started.
 * @returns Its exit status.
 */
export function runEthtool({ args, namespace, console }: ToolRun): number {
  const [first, second, ...rest] = args;
  if (first === "--version") {
    console.print(VERSION);
    return 0;
  }
  if (first === undefined) return badCommandLine(console);
  if (!first.startsWith("-")) return showSettings(find(namespace, first), console);
  const command = COMMANDS[first];
  if (command === undefined) return console.notModelled(`option "${first}"`);
  if (second === undefined) return badCommandLine(console);
  return command(find(namespace, second), [second, ...rest], console);
}

function badCommandLine(console: Console): number {
  console.complain("ethtool: bad command line argument(s)\n");
  console.complain("For more information run ethtool -h\n");
  return 1;
}

function find(namespace: NetworkNamespace, name: string): Link | undefined {
  return namespace.linkByName(name);
}

function offloadsOf(link: Link, console: Console): Offloads {
  return link.offloads ?? console.notModelled(`a ${link.kind} link`);
}

function showSettings(link: Link | undefined, console: Console): number {
  if (link === undefined) {
    console.complain(NO_DEVICE.repeat(SETTINGS_QUESTIONS));
    console.print("No data available\n");
    return STATUS_NO_DATA;
  }
  offloadsOf(link, console);
  const lines = [
    ...(link.kind === "veth" ? VETH_SETTINGS : []),
    `Link detected: ${link.isUp && link.hasCarrier ? "yes" : "no"}`,
  ];
  console.print(`Settings for ${link.name}:\n${lines.map((line) => `\t${line}\n`).join("")}`);
  return 0;
}

/** A veth tells of a card that it is not. */
const VETH_SETTINGS: readonly string[] = [
  "Supported ports: [  ]",
  "Supported link modes:   Not reported",
  "Supported pause frame use: No",
  "Supports auto-negotiation: No",
  "Supported FEC modes: Not reported",
  "Advertised link modes:  Not reported",
  "Advertised pause frame use: No",
  "Advertised auto-negotiation: No",
  "Advertised FEC modes: Not reported",
  "Speed: 10000Mb/s",
  "Duplex: Full",
  "Auto-negotiation: off",
  "Port: Twisted Pair",
  "PHYAD: 0",
  "Transceiver: internal",
  "MDI-X: Unknown",
];

function showFeatures(link: Link | undefined, [name]: readonly string[], console: Console): number {
  if (link === undefined) {
    console.complain(NO_DEVICE);
    return 1;
  }
  console.print(`Features for ${name}:\n${listFeatures(offloadsOf(link, console))}`);
  return 0;
}

function changeFeatures(
  link: Link | undefined,
  [, ...words]: readonly string[],
  console: Console,
): number {
  const changes = readChanges(words, console);
  if (link === undefined) {
    console.complain(NO_DEVICE);
    return STATUS_REFUSED;
  }
  return switchFeatures(offloadsOf(link, console), changes, console);
}

function showDriver(link: Link | undefined, _: readonly string[], console: Console): number {
  if (link?.kind === "veth") {
    const lines = [
      "driver: veth",
      "version: 1.0",
      "firmware-version: ",
      "expansion-rom-version: ",
      "bus-info: ",
      "supports-statistics: yes",
      "supports-test: no",
      "supports-eeprom-access: no",
      "supports-register-dump: no",
      "supports-priv-flags: no",
    ];
    console.print(lines.map((line) => `${line}\n`).join(""));
    return 0;
  }
  if (link !== undefined) offloadsOf(link, console);
  const reason = link === undefined ? "No such device" : "Operation not supported";
  console.complain(`Cannot get driver information: ${reason}\n`);
  return STATUS_NO_DRIVER;
}
