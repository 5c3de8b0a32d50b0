import { parseIpv4 } from "../../sim/model/ipv4.ts";
import type { Machine } from "../../sim/model/machine.ts";
import type { Process } from "../../sim/model/process.ts";
import type {
  SocketEntry,
  SocketMemory,
  SocketState,
  TcpDetails,
  TcpInfo,
} from "../../sim/model/socket.ts";
import type { SocketStep } from "../support/transcript.ts";

/** Connections that may wait to be accepted, as the recorder's listeners ask for. */
const BACKLOG = 511;

/**
 * The sockets of a transcript, in the model. What is done to them comes from the transcript's
 * steps. What only a real TCP measures (times, rates, memory) and the order of the kernel's salted
 * hash come from the recorded listings: they test how it is shown.
 */
export class ReplayedSockets {
  readonly #machine: Machine;
  readonly #owner: Process;
  readonly #sockets = new Map<string, SocketEntry>();

  /** @param machine The machine that plays the recorded one. */
  constructor(machine: Machine) {
    this.#machine = machine;
    this.#owner = machine.startProcess({ name: "deno", namespace: machine.home, pid: 770_000 });
  }

  /** @param step What is done. */
  carryOut({ words: [verb, name = "", first = "", second = ""] }: SocketStep): void {
    if (verb === "listen") {
      const [address, port] = split(first);
      this.#add(name, "tcp", "LISTEN", [address, port, 0, 0]).sendQueue = BACKLOG;
    } else if (verb === "udp") {
      const [address, port] = split(first);
      this.#add(name, "udp", "UNCONN", [address, port, 0, 0]);
    } else if (verb === "connect") {
      const [home, port] = split(`127.0.0.1:${this.#named(first).localPort}`);
      this.#add(name, "tcp", "ESTAB", [home, Number(second), home, port]);
      this.#add(`${name} accepted`, "tcp", "ESTAB", [home, port, home, Number(second)]);
    } else if (verb === "dial") {
      const [address, port] = split(first);
      this.#add(name, "tcp", "SYN-SENT", [0, 0, address, port]).sendQueue = 1;
    } else if (verb === "send") {
      this.#named(`${name} accepted`).receiveQueue += Number(first);
    } else if (verb === "finish") {
      this.#named(name).state = "FIN-WAIT-2";
      this.#named(`${name} accepted`).state = "CLOSE-WAIT";
      this.#named(`${name} accepted`).receiveQueue += 1;
    } else if (verb === "close") {
      const waiting: SocketEntry = {
        ...this.#named(name),
        state: "TIME-WAIT",
        process: undefined,
      };
      this.#table.remove(this.#named(name));
      this.#table.remove(this.#named(`${name} accepted`));
      this.#table.add(waiting);
      this.#sockets.set(name, waiting);
    } else throw new SyntaxError(`A transcript cannot say "socket ${verb}"`);
  }

  /**
   * Takes over what a recorded listing says beyond what was done.
   *
   * @param listing What `ss` wrote.
   */
  learn(listing: string): void {
    for (const text of listing.replaceAll("\n\t", " ").split("\n")) {
      const match = /([\d.]+): ?(\d+|\*) +([\d.]+): ?(\d+|\*)(.*)/.exec(text);
      if (match === null) continue;
      const [, local = "", localPort, remote = "", remotePort, info = ""] = match;
      const ends = [local, localPort, remote, remotePort].join(" ");
      const socket = [...this.#table.entries()].find((each) => isAt(each, ends));
      if (socket === undefined) continue;
      [socket.localAddress, socket.localPort] = split(`${local}:${localPort}`);
      learnInfo(socket, info, this.#machine.clock.nowNs);
      this.#table.remove(socket);
      this.#table.add(socket);
    }
  }

  get #table() {
    return this.#machine.home.sockets;
  }

  #named(name: string): SocketEntry {
    const socket = this.#sockets.get(name);
    if (socket === undefined) throw new SyntaxError(`There is no socket "${name}"`);
    return socket;
  }

  #add(
    name: string,
    protocol: "tcp" | "udp",
    state: SocketState,
    [localAddress, localPort, remoteAddress, remotePort]: readonly [number, number, number, number],
  ): SocketEntry {
    const entry: SocketEntry = {
      protocol,
      state,
      ...{ localAddress, localPort, remoteAddress, remotePort },
      receiveQueue: 0,
      sendQueue: 0,
      tcp: undefined,
      process: this.#owner,
    };
    this.#sockets.set(name, entry);
    this.#table.add(entry);
    return entry;
  }
}

function split(text: string): [address: number, port: number] {
  const [address = "", port = ""] = text.split(":");
  return [parseIpv4(address) ?? 0, Number(port) || 0];
}

/** Whether a socket has these ends; that of one that dials is not known before it is listed. */
function isAt(socket: SocketEntry, ends: string): boolean {
  const [local = "", localPort, remote = "", remotePort] = ends.split(" ");
  const [address, port] = split(`${local}:${localPort}`);
  const [remoteAddress, itsPort] = split(`${remote}:${remotePort}`);
  const isSameHere = socket.localAddress === address && socket.localPort === port;
  return (isSameHere || socket.state === "SYN-SENT" && socket.localPort === 0) &&
    socket.remoteAddress === remoteAddress && socket.remotePort === itsPort;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, sec: 1000, min: 60_000 };

function learnInfo(socket: SocketEntry, info: string, nowNs: number): void {
  const timer = /timer:\((on|timewait|keepalive|persist),([\d.]+)(ms|sec|min),(\d+)\)/.exec(info);
  const [, kind, time, unit = "", retransmits] = timer ?? [];
  if (kind === "on" || kind === "timewait" || kind === "keepalive" || kind === "persist") {
    const expiresAtNs = nowNs + Number(time) * (UNIT_MS[unit] ?? 0) * 1e6;
    socket.timer = { kind, expiresAtNs, retransmits: Number(retransmits) };
  }
  const memory = /skmem:\((\S+)\)/.exec(info)?.[1];
  if (memory !== undefined) socket.memory = memoryOf(memory);
  if (/ cwnd:/.test(info)) socket.tcp = tcpOf(info, nowNs);
}

function memoryOf(text: string): SocketMemory {
  const [r = 0, rb = 0, t = 0, tb = 0, f = 0, w = 0, o = 0, bl = 0, d = 0] = text.split(",")
    .map((field) => Number(/\d+/.exec(field)?.[0]));
  return {
    receiveBytes: r,
    receiveLimitBytes: rb,
    sendBytes: t,
    sendLimitBytes: tb,
    forwardBytes: f,
    queuedBytes: w,
    optionBytes: o,
    backlogBytes: bl,
    drops: d,
  };
}

function tcpOf(info: string, nowNs: number): TcpInfo {
  const texts = new Map(
    [...info.matchAll(/(\w+)(?::| )([\d./,]+)(?:ms|bps)?(?= |$)/g)].map((
      [, key = "", value = ""],
    ) => [key, value] as const),
  );
  const number = (key: string, index = 0) => Number(texts.get(key)?.split(/[/,]/)[index] ?? 0);
  const us = (key: string, index = 0) => Math.round(number(key, index) * 1000);
  const at = (key: string) => nowNs - number(key) * 1e6;
  const scale = texts.get("wscale");
  return {
    rttUs: us("rtt"),
    rttVarianceUs: us("rtt", 1),
    rtoMs: number("rto"),
    mss: number("mss"),
    pathMtu: number("pmtu"),
    receiveMss: number("rcvmss"),
    advertisedMss: number("advmss"),
    congestionWindow: number("cwnd"),
    slowStartThreshold: texts.has("ssthresh") ? number("ssthresh") : undefined,
    bytesSent: number("bytes_sent"),
    bytesAcked: number("bytes_acked"),
    bytesReceived: number("bytes_received"),
    segmentsOut: number("segs_out"),
    segmentsIn: number("segs_in"),
    dataSegmentsOut: number("data_segs_out"),
    dataSegmentsIn: number("data_segs_in"),
    unacknowledged: number("unacked"),
    retransmitsNow: number("retrans"),
    retransmitsTotal: number("retrans", 1),
    lastSentAtNs: at("lastsnd"),
    lastReceivedAtNs: at("lastrcv"),
    lastAckedAtNs: at("lastack"),
    windowScale: scale === undefined
      ? undefined
      : { send: number("wscale"), receive: number("wscale", 1) },
    more: detailsOf(info, number),
  };
}

function detailsOf(info: string, number: (key: string) => number): TcpDetails {
  const us = (key: string) => Math.round(number(key) * 1000);
  return {
    congestionControl: /\b(reno|cubic|bbr)\b/.exec(info)?.[1] ?? "",
    extensions: info.match(/\b(ts|sack|ecn|ecnseen|fastopen)(?= )/g) ?? [],
    ackTimeoutMs: number("ato"),
    backoff: number("backoff"),
    bytesRetransmitted: number("bytes_retrans"),
    pacingRateBytesPerSecond: number("pacing_rate") / 8,
    deliveryRateBytesPerSecond: number("delivery_rate") / 8,
    delivered: number("delivered"),
    isApplicationLimited: info.includes(" app_limited"),
    busyMs: number("busy"),
    lost: number("lost"),
    selectivelyAcknowledged: number("sacked"),
    receiveRttUs: us("rcv_rtt"),
    minimumRttUs: us("minrtt"),
    receiveSpaceBytes: number("rcv_space"),
    receiveThresholdBytes: number("rcv_ssthresh"),
    notSentBytes: number("notsent"),
    sendWindowBytes: number("snd_wnd"),
  };
}
