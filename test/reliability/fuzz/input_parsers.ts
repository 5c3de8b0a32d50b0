import {
  cpusArgument,
  idArgument,
  pidArgument,
  portsArgument,
} from "../../../src/cli/arguments.ts";
import { parseConfig } from "../../../src/cli/config_file.ts";
import { UsageError } from "../../../src/cli/exit.ts";
import { FLAGS, optionsOf } from "../../../src/cli/flags.ts";
import { canonicalFlags } from "../../../src/cli/program.ts";
import { shellWords } from "../../../src/cli/shell_words.ts";
import { HttpError } from "../../../src/cli/serve/answer.ts";
import { listenAddress } from "../../../src/cli/serve/listen_address.ts";
import { bodyFields } from "../../../src/cli/serve/request_body.ts";
import { parseWorldFile } from "../../../src/cli/sim/world_file.ts";
import type { LimitOptions } from "../../../src/isolator/options.ts";
import { batchLine } from "../../../src/kernel/batch.ts";
import { parsePorts, parseResources, portsFromJson } from "../../../src/ports/mod.ts";
import { parseIpv4 } from "../../../src/routing/address.ts";
import { parseFilterHandle, parseHandle } from "../../../src/routing/handle.ts";
import { linkName } from "../../../src/routing/link.ts";
import { unicastMac } from "../../../src/routing/mac.ts";
import { parseScenario } from "../../../sim/scenario/parse.ts";
import { ScenarioError } from "../../../sim/scenario/scenario_error.ts";
import { type Parser, parser } from "./parser.ts";
import {
  isPorts,
  isQuantity,
  isText,
  isUpTo,
  UINT12_MAX,
  UINT16_MAX,
  UINT32_MAX,
  UINT8_MAX,
} from "./ranges.ts";

/**
 * Makes the parsers of what users type, write into files, or send.
 *
 * @param scenarios Texts of scenario files.
 */
export function inputParsers(scenarios: readonly string[]): Parser[] {
  return [...portParsers(), ...argumentParsers(), ...routingParsers(), ...fileParsers(scenarios)];
}

const PORTS = ["31000-31007,31020", "0", "65535", "0-65535", "1,2,3"];

function portParsers(): Parser[] {
  return [
    parser({
      name: "parsePorts",
      samples: PORTS,
      parse: parsePorts,
      mayThrow: [SyntaxError, RangeError],
      isValid: (ports) => ports.intervals.every(isPorts),
    }),
    parser({
      name: "parseResources",
      samples: ["ports:[31000-32000];ephemeral_ports:[61440-65535];cpus:8", "cpus:0.5;mem:7"],
      parse: parseResources,
      mayThrow: [SyntaxError, RangeError],
      isValid: ({ ports, ephemeralPorts, cpus = 0 }) =>
        isQuantity(cpus) &&
        [ports, ephemeralPorts].every((each) => each?.intervals.every(isPorts) ?? true),
    }),
    parser({
      name: "portsFromJson",
      samples: ['{"range":[{"begin":4,"end":7},{"begin":9,"end":9}]}'],
      parse: (text) => portsFromJson(asJson(text)),
      mayThrow: [TypeError, RangeError],
      isValid: (ports) => ports.intervals.every(isPorts),
    }),
  ];
}

/** What JSON.parse makes of a text; a text that is no JSON stands for itself. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function argumentParsers(): Parser[] {
  const mayThrow = [UsageError];
  return [
    parser({
      name: "idArgument",
      samples: ["web", "a.b-c_9", "x".repeat(128)],
      parse: idArgument,
      mayThrow,
      // It becomes a file name, a word of a command, and a part of an alias.
      isValid: (id) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id) && batchLine([id]) === id,
    }),
    parser({
      name: "portsArgument",
      samples: PORTS,
      parse: portsArgument,
      mayThrow,
      isValid: (ports) => ports.intervals.every(isPorts),
    }),
    parser({
      name: "cpusArgument",
      samples: ["2", "0.5"],
      parse: cpusArgument,
      mayThrow,
      isValid: (cpus) => cpus !== undefined && isQuantity(cpus) && cpus > 0,
    }),
    parser({
      name: "pidArgument",
      samples: ["4711"],
      parse: (text) => pidArgument(text),
      mayThrow,
      isValid: (pid) => isUpTo(pid, 2 ** 22) && pid > 0,
    }),
    parser({
      name: "listenAddress",
      samples: ["unix:/run/b.sock", "127.0.0.1:9180", "[::1]:0"],
      parse: listenAddress,
      mayThrow,
      isValid: (address) =>
        address.kind === "unix" ? address.path !== "" : isUpTo(address.port, UINT16_MAX),
    }),
    parser({
      name: "optionsOf",
      samples: FLAGS.flatMap(({ name }) => SAMPLE_VALUES.map((value) => `${name}=${value}`)),
      parse: (text) => {
        const [name = "", ...value] = text.split("=");
        return optionsOf(new Map([[name, value.join("=")]]));
      },
      mayThrow: [SyntaxError],
      isValid: (options) =>
        isLimit(options.egress) && isLimit(options.ingress) &&
        isUpTo(options.ephemeralPortsPerContainer, 999_999_999) &&
        isQuantity(options.networkLinkSpeed ?? 0) && options.vethPrefix.length <= 8,
    }),
    parser({
      name: "canonicalFlags and shellWords",
      samples: ["--egress-burst=5 --ports 31000 -- ./server --egress-burst"],
      parse: (text) => {
        const words = text.split(" ");
        return { words, canonical: canonicalFlags(words), shell: shellWords(words) };
      },
      mayThrow: [],
      isValid: ({ words, canonical }) => canonical.length === words.length,
    }),
  ];
}

const SAMPLE_VALUES = ["10MB", "1024", "true", "5secs", "hashed", "auto", "root", "1:2"];

function isLimit(limit: LimitOptions): boolean {
  return Object.values(limit).every((each) => each === "auto" || isQuantity(each));
}

function routingParsers(): Parser[] {
  return [
    parser({
      name: "parseIpv4",
      samples: ["10.0.0.1", "255.255.255.255"],
      parse: parseIpv4,
      mayThrow: [SyntaxError],
      isValid: (bits) => isUpTo(bits, UINT32_MAX),
    }),
    parser({
      name: "parseHandle",
      samples: ["1:", "1:a", "ffff:fff1", ":1"],
      parse: parseHandle,
      mayThrow: [SyntaxError],
      isValid: ({ major, minor }) => isUpTo(major, UINT16_MAX) && isUpTo(minor, UINT16_MAX),
    }),
    parser({
      name: "parseFilterHandle",
      samples: ["800:", "800::5", "800:3:5"],
      parse: parseFilterHandle,
      mayThrow: [SyntaxError],
      isValid: ({ table, bucket, node }) =>
        isUpTo(table, UINT12_MAX) && isUpTo(bucket, UINT8_MAX) && isUpTo(node, UINT12_MAX),
    }),
    parser({
      name: "unicastMac",
      samples: ["02:AB:00:00:00:01"],
      parse: unicastMac,
      mayThrow: [SyntaxError, RangeError],
      isValid: (mac) => /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(mac),
    }),
    parser({
      name: "linkName",
      samples: ["eth0", "eth0.100", "mesos4711"],
      parse: linkName,
      mayThrow: [RangeError],
      isValid: isLinkName,
    }),
    parser({
      name: "batchLine",
      samples: ["link set dev v0 alias two words", "filter add dev lo"],
      parse: (text) => batchLine(text.split("|")),
      mayThrow: [TypeError],
      // deno-lint-ignore no-control-regex
      isValid: (line) => !/[\x00-\x1f\\#']/.test(line),
    }),
  ];
}

/** By the kernel's own rule (dev_valid_name), and nothing that a tool takes for an option. */
function isLinkName(name: string): boolean {
  const bytes = new TextEncoder().encode(name).length;
  // deno-lint-ignore no-control-regex
  return bytes > 0 && bytes <= 15 && !/[\s/:\x00]/.test(name) && !name.startsWith("-") &&
    name !== "." && name !== "..";
}

function fileParsers(scenarios: readonly string[]): Parser[] {
  return [
    parser({
      name: "parseConfig",
      samples: ['{"resources": "ports:[1-2]", "egress-burst": 5, "veth_prefix": "v"}'],
      parse: parseConfig,
      mayThrow: [SyntaxError],
      isValid: (values) =>
        [...values.keys()].every((key) => FLAGS.some(({ name }) => name === key)),
    }),
    parser({
      name: "parseWorldFile",
      samples: ["# a host\nip link set lo up\n\ntc qdisc add dev lo ingress\n", "ip 'a b' \"c\""],
      parse: parseWorldFile,
      mayThrow: [UsageError],
      isValid: (commands) => commands.every(({ line, words }) => line > 0 && words.length > 0),
    }),
    parser({
      name: "parseScenario",
      samples: scenarios,
      parse: parseScenario,
      mayThrow: [ScenarioError],
      isValid: ({ title }) => isText(title),
    }),
    parser({
      name: "bodyFields",
      samples: ['{"pid": 4711, "ports": "31000-31007", "cpus": 0.5}', "{}"],
      parse: (body) => bodyFields(new Request("http://h/", { method: "POST", body }), FIELDS),
      mayThrow: [HttpError],
      isValid: (fields) => Object.keys(fields).every((key) => FIELDS.includes(key)),
    }),
  ];
}

const FIELDS = ["pid", "ports", "cpus"];
