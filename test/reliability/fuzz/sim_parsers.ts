import { SeededRandom } from "../../../sim/time/seeded_random.ts";
import { VirtualClock } from "../../../sim/time/virtual_clock.ts";
import { Machine } from "../../../sim/model/machine.ts";
import { decodeArp } from "../../../sim/packet/arp.ts";
import { decodeEthernet, ETHERNET_HEADER_BYTES } from "../../../sim/packet/ethernet.ts";
import { decodeIcmp } from "../../../sim/packet/icmp.ts";
import { decodeIpv4, faultOfIpv4 } from "../../../sim/packet/ipv4.ts";
import { echoOptions, readOptions } from "../../../sim/packet/ipv4_options.ts";
import { decodeTcp } from "../../../sim/packet/tcp.ts";
import { decodeUdp } from "../../../sim/packet/udp.ts";
import { isTool, runTool } from "../../../sim/tools/run_tool.ts";
import { encodeFrame, readFrame } from "../../../src/cli/sim/frames.ts";
import { IsolatorError } from "../../../src/isolator/isolator_error.ts";
import { KernelError } from "../../../src/kernel/kernel_error.ts";
import { ListingError } from "../../../src/routing/json.ts";
import { Random } from "../../support/random.ts";
import { HeardKernel } from "./heard_kernel.ts";
import { makeInput } from "./mutate.ts";
import { type Parser, parser } from "./parser.ts";
import { isText, isUpTo, UINT16_MAX, UINT8_MAX } from "./ranges.ts";
import type { Samples } from "./samples.ts";
import { lookAround, type SmallHost } from "./small_host.ts";

/** Most commands that one simulated machine is asked, so that what it holds stays small. */
const COMMANDS_PER_MACHINE = 500;

/**
 * Makes the readers of the simulator's tools: whole command lines, with their batches.
 *
 * @param samples Command lines that real tools were asked.
 */
export function toolParsers(samples: Samples): Parser[] {
  let machine: Machine | undefined;
  let asked = 0;
  return [
    parser({
      name: "runTool",
      samples: samples.commands,
      parse: (text) => {
        if (asked++ % COMMANDS_PER_MACHINE === 0) machine = undefined;
        machine ??= new Machine({ clock: new VirtualClock(), random: new SeededRandom(1) });
        const [line = "", ...stdin] = text.split("\n");
        const [first = "", ...args] = line.split(" ");
        const tool = isTool(first) ? first : "tc";
        return runTool({ tool, args, namespace: machine.home, stdin: stdin.join("\n") });
      },
      mayThrow: [],
      isValid: ({ status, stdout, stderr }) =>
        isUpTo(status, UINT8_MAX) && isText(stdout) && isText(stderr),
    }),
  ];
}

/** Makes the readers of packets, as every layer of the simulator reads them. */
export function packetParsers(): Parser[] {
  return [
    parser({
      name: "decodeEthernet and all within",
      samples: FRAMES.map(fromHex),
      parse: (text) => decodeAll(bytesOf(text)),
      mayThrow: [],
      isValid: (ports) => ports.every((port) => isUpTo(port, UINT16_MAX)),
    }),
    parser({
      name: "readFrame",
      samples: [["ip", "link", "show"], [""], []].map((texts) => textOf(encodeFrame(texts))),
      parse: (text) => readFrame(streamOf(bytesOf(text))),
      mayThrow: [RangeError],
      isValid: (texts) => texts === undefined || texts.every(isText),
    }),
  ];
}

/** Bytes of frames that machines send: ARP, ICMP, TCP with options, UDP, a VLAN tag, IP options. */
const FRAMES: readonly string[] = [
  "ffffffffffff02000a4d00020806" + "0001080006040001" +
  "02000a4d00020a4d0002" + "0000000000000a4d0001",
  "02000a4d000102000a4d00020800" + "4500001c00014000400166790a4d00020a4d0001" +
  "0800f7fd00010001",
  "02000a4d000102000a4d00020800" + "4500003c000140004006a6520a4d00020a4d0001" +
  "9c401f9000000001" + "00000000a002fff00000000" + "0" +
  "020405b40402080a000000010000000001030307",
  "02000a4d000102000a4d00028100" + "00070800" + "46000024000140004011a6520a4d00020a4d0001" +
  "94040000" + "9c4000350010000061626364" + "65666768",
];

/** Reads a frame to its innermost layer, whatever the outer ones say. */
function decodeAll(frame: Uint8Array): number[] {
  const outer = decodeEthernet(frame);
  const at = outer?.payloadOffset ?? Math.min(ETHERNET_HEADER_BYTES, frame.length);
  decodeArp(frame, at);
  faultOfIpv4(frame, at);
  const header = decodeIpv4(frame, at);
  if (header !== undefined) {
    readOptions(header.options.slice(), { address: 1, timeMs: 2 });
    echoOptions(header.options.slice());
  }
  const payload = frame.subarray(at + (header?.headerBytes ?? 0));
  const addresses = header ?? { source: 1, destination: 2 };
  decodeIcmp(payload);
  const [tcp, udp] = [decodeTcp(addresses, payload), decodeUdp(addresses, payload)];
  return [tcp, udp].flatMap((each) =>
    each === undefined ? [] : [each.sourcePort, each.destinationPort]
  );
}

/** A text with a character for each byte. */
function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function fromHex(digits: string): string {
  return (digits.match(/../g) ?? []).map((pair) => String.fromCharCode(parseInt(pair, 16))).join(
    "",
  );
}

function streamOf(bytes: Uint8Array) {
  let at = 0;
  return {
    read: (into: Uint8Array): Promise<number | null> => {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      at += part.length;
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
  };
}

/**
 * Makes one of all that commands which only look read, through everything above the kernel: one
 * answer of many is spoiled.
 *
 * @param hosts Hosts to look around on.
 */
export function isolatorParsers(hosts: readonly SmallHost[]): Parser[] {
  return hosts.map(({ kernel, options }) =>
    parser({
      name: `lookAround (${options.filterLayout})`,
      samples: Array.from({ length: 200 }, (_, i) => String(i)),
      parse: (text) => {
        const random = new Random(hashOf(text));
        let answersLeft = random.below(60);
        return lookAround(
          new HeardKernel(kernel, (_, answer) => {
            return answersLeft-- === 0 ? makeInput([answer], random) : answer;
          }),
          options,
        );
      },
      mayThrow: [KernelError, ListingError, IsolatorError],
      isValid: (nothing) => nothing === undefined,
    })
  );
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < Math.min(text.length, 1000); at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
}
