import type { SocketState } from "../model/socket.ts";
import { present } from "../model/invariant.ts";
import { TCP_FLAG, type TcpSegment } from "../packet/tcp.ts";
import type { TcpDeps, TcpEnd } from "./events.ts";
import { agree, sendMss } from "./handshake.ts";
import { Lifecycle } from "./lifecycle.ts";
import { TcpReceiver } from "./receiver.ts";
import { ReceiveWindow } from "./receive_window.ts";
import { lengthInStream, resetFor } from "./reset.ts";
import { isHopeless } from "./retry_limit.ts";
import { SegmentOutput } from "./segment_output.ts";
import { TcpSender } from "./sender.ts";
import { type TcpSettings, TIME_WAIT_MS } from "./settings.ts";
import type { Tally } from "./tally.ts";

/** States in which the peer is told of an abort (`tcp_need_reset`). */
const RESETTABLE: ReadonlySet<SocketState> = new Set<SocketState>(
  ["ESTAB", "CLOSE-WAIT", "FIN-WAIT-1", "FIN-WAIT-2", "SYN-RECV"],
);

/** States in which the peer may still send data. */
const RECEIVING: ReadonlySet<SocketState> = new Set<SocketState>(
  ["ESTAB", "FIN-WAIT-1", "FIN-WAIT-2"],
);

/** Smallest path MTU in bytes that a router is believed: `net.ipv4.route.min_pmtu`. */
const PATH_MTU_MIN = 552;

/**
 * One TCP connection from its opening to its end: the state machine between a sending and a
 * receiving half (RFC 9293, in the order of Linux's `tcp_rcv_state_process`).
 *
 * Not modelled, and never on the wire: urgent data, fast open, keepalive, authentication.
 */
export class TcpConnection {
  /** The sending half. */
  readonly sender: TcpSender;
  /** What makes its segments. */
  readonly output: SegmentOutput;
  readonly #deps: TcpDeps;
  readonly #settings: TcpSettings;
  readonly #life: Lifecycle;
  #receiver: TcpReceiver | undefined;
  #mtu: number;
  #isHeld = true;
  #isFinishing = false;

  /**
   * @param deps What is around it.
   * @param settings How it behaves.
   */
  constructor(deps: TcpDeps, settings: TcpSettings) {
    this.#deps = deps;
    this.#settings = settings;
    this.#mtu = settings.mtu;
    this.output = new SegmentOutput(deps, settings);
    this.sender = new TcpSender({
      clock: deps.clock,
      settings,
      transmit: (part) => this.output.send(part),
      sackBytes: () => this.output.sackBytes,
      probe: () => this.output.acknowledge(this.sender.acknowledged - 1),
      isHopeless: (waited) => isHopeless(settings, this.state, this.#isHeld, waited),
      gaveUp: () => this.#endNow("timed-out"),
    });
    this.#life = new Lifecycle(
      deps.clock,
      (event) => deps.onEvent(event),
      () => this.#endNow("closed"),
    );
  }

  /** Where it stands. */
  get state(): SocketState {
    return this.#life.state;
  }

  /** The receiving half; undefined before the peer's SYN. */
  get receiver(): TcpReceiver | undefined {
    return this.#receiver;
  }

  /** MTU of its path, as far as is known, in bytes. */
  get pathMtu(): number {
    return this.#mtu;
  }

  /** What went over it. */
  get tally(): Tally {
    return this.output.tally;
  }

  /** Opens it from this side. */
  open(): void {
    this.#life.move("open");
    this.sender.sendSyn(TCP_FLAG.syn);
    this.#life.tell();
  }

  /** Opens it for a peer. @param syn The peer's SYN. */
  answer(syn: TcpSegment): void {
    this.tally.received(syn, this.#deps.clock.nowNs);
    this.#hearSyn(syn);
    this.#life.move("syn");
    this.sender.sendSyn(TCP_FLAG.syn | TCP_FLAG.ack);
    this.#life.tell();
  }

  /**
   * Writes to the stream. What is not sent yet is kept, however much: a program that would have to
   * wait for room (`tcp_wmem`) is one that writes everything at once here.
   *
   * @param data Bytes, or how many zeros.
   */
  write(data: Uint8Array | number): void {
    this.sender.write(data);
    this.#life.tell();
  }

  /** Ends this side's stream: `shutdown`. One that is being opened ends it once it is open. */
  finish(): void {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    if (this.state === "ESTAB" || this.state === "CLOSE-WAIT") this.#life.move("close");
    this.sender.finish();
    this.#life.tell();
  }

  /**
   * Reads from the stream.
   *
   * @returns The next bytes, which are not to be changed; undefined where none wait.
   */
  read(): Uint8Array | undefined {
    return this.#receiver?.read();
  }

  /** Lets it go: the peer hears of the end, or of a reset where bytes were left unread. */
  close(): void {
    this.#isHeld = false;
    const hasUnread = (this.#receiver?.unreadBytes ?? 0) > 0;
    if (this.state === "SYN-SENT" || this.state === "SYN-RECV" || hasUnread) this.abort();
    else {
      this.finish();
      if (this.state === "FIN-WAIT-2") this.#life.linger(this.#settings.finTimeoutMs);
    }
  }

  /** Breaks it off. */
  abort(): void {
    if (RESETTABLE.has(this.state)) this.output.reset(this.sender.next);
    this.#endNow("closed");
  }

  /** It goes without a word, as with its namespace. */
  vanish(): void {
    this.#endNow("closed");
  }

  /** @param length How much of the stream a segment was that has left the machine's queues. */
  segmentLeft(length: number): void {
    if (this.state !== "UNCONN") this.sender.left(length);
  }

  /**
   * Hears that a segment could not be delivered. One that is being opened ends by it; later the
   * timeouts decide (`tcp_v4_err`).
   *
   * @param end Why.
   */
  failed(end: "refused" | "unreachable"): void {
    if (this.state !== "SYN-SENT") return;
    this.#endNow(end);
  }

  /** @param mtu What a router says that the path carries, in bytes. */
  pathShrunk(mtu: number): void {
    const { agreement } = this.output.wire;
    if (mtu >= this.#mtu || agreement === undefined) return;
    this.#mtu = Math.max(mtu, PATH_MTU_MIN);
    this.sender.resize(sendMss(agreement, this.#mtu));
    this.#life.tell();
  }

  /**
   * Tells whether a segment may open a new connection in the place of this one, which waits for
   * stragglers (`tcp_timewait_state_process`).
   *
   * @param segment The segment.
   */
  makesWayFor(segment: TcpSegment): boolean {
    const kinds = TCP_FLAG.syn | TCP_FLAG.rst | TCP_FLAG.ack;
    const next = this.#receiver?.next;
    if (this.state !== "TIME-WAIT" || next === undefined) return false;
    if ((segment.flags & kinds) !== TCP_FLAG.syn) return false;
    const { wire } = this.output;
    return wire.offsetOf(segment, next) > next || wire.isNewer(segment);
  }

  /**
   * Takes a segment of the peer.
   *
   * @param segment The segment.
   * @param trafficClass The traffic class byte of its IP header.
   */
  receive(segment: TcpSegment, trafficClass: number): void {
    this.tally.received(segment, this.#deps.clock.nowNs);
    if (this.state === "SYN-SENT") this.#receiveInSynSent(segment);
    else if (this.state !== "UNCONN") this.#receiveInOrder(segment, trafficClass);
    this.#life.tell();
  }

  #receiveInSynSent(segment: TcpSegment): void {
    const { flags } = segment;
    const hasAck = (flags & TCP_FLAG.ack) !== 0;
    if (hasAck && this.output.wire.acknowledgedBy(segment, 0) !== 1) return this.#refuse(segment);
    if ((flags & TCP_FLAG.rst) !== 0) return hasAck ? this.#end("refused") : undefined;
    if ((flags & TCP_FLAG.syn) === 0) return;
    this.#hearSyn(segment);
    if (!hasAck) {
      this.#life.move("syn");
      return this.sender.answerSyn(TCP_FLAG.syn | TCP_FLAG.ack);
    }
    this.sender.window.hear(0, 1, segment.window);
    this.sender.synAcknowledged();
    this.#connected();
    this.output.acknowledge(this.sender.next);
    this.sender.output();
  }

  #receiveInOrder(segment: TcpSegment, trafficClass: number): void {
    const receiver = this.#synchronised;
    const { flags } = segment;
    const offset = this.output.wire.offsetOf(segment, receiver.next);
    const isSyn = (flags & TCP_FLAG.syn) !== 0;
    if (isSyn && offset === 0 && this.state === "SYN-RECV" && (flags & TCP_FLAG.ack) === 0) {
      return this.output.repeatSynAck();
    }
    const end = offset + lengthInStream(segment);
    if (end < receiver.window.toldAt || offset > receiver.window.end) {
      if ((flags & TCP_FLAG.rst) === 0) receiver.repeatAcknowledgment(offset, end);
      return;
    }
    if ((flags & TCP_FLAG.rst) !== 0) {
      // Only an exact reset counts; another may be a forger's guess (RFC 5961).
      return offset === receiver.next ? this.#hearReset() : this.#acknowledge();
    }
    if (isSyn && this.state !== "SYN-RECV") return this.#acknowledge();
    if ((flags & TCP_FLAG.ack) === 0) return;
    this.output.wire.noteTimestamp(segment, offset, receiver.window.toldAt);
    if (this.output.ecn.received(flags, trafficClass)) receiver.marked();
    if (!this.#hearAcknowledgment(segment, offset)) return;
    if (this.state === "UNCONN") return;
    if (this.state === "TIME-WAIT") this.#receiveInTimeWait(segment);
    else if (!this.#takeData(segment, offset)) return;
    this.sender.output();
    receiver.acknowledgeIfDue();
  }

  /** Hears what a segment acknowledges. Tells whether the rest of it counts. */
  #hearAcknowledgment(segment: TcpSegment, offset: number): boolean {
    const sender = this.sender;
    const { wire, ecn } = this.output;
    const acknowledged = wire.acknowledgedBy(segment, sender.acknowledged);
    const isOpening = this.state === "SYN-RECV";
    if (acknowledged > sender.next || (isOpening && acknowledged < 1)) {
      if (isOpening) this.#refuse(segment);
      else if (this.state !== "ESTAB") this.#acknowledge();
      return false;
    }
    const isNews = sender.window.hear(offset, acknowledged, wire.windowOf(segment));
    const isDuplicate = !isNews && acknowledged === sender.acknowledged &&
      lengthInStream(segment) === 0;
    const wasDrained = sender.isDrained;
    const echoedUs = wire.echoedUs(segment);
    const early = wire.sackedBy(segment, sender.acknowledged);
    sender.acknowledge({ offset: acknowledged, isDuplicate, echoedUs, early });
    if ((segment.flags & TCP_FLAG.ece) !== 0 && ecn.isAgreed && !isOpening) {
      if (sender.recovery.congestion.enterCwr(sender.next)) ecn.reduced();
    }
    if (isOpening) this.#connected();
    if (sender.isFinAcknowledged) this.#finAcknowledged();
    if (!wasDrained && sender.isDrained) this.#life.note({ kind: "drained" });
    return true;
  }

  /** Takes a segment's bytes and its FIN. Tells whether the connection goes on. */
  #takeData(segment: TcpSegment, offset: number): boolean {
    const receiver = this.#synchronised;
    const hasFin = (segment.flags & TCP_FLAG.fin) !== 0;
    const { payload } = segment;
    const end = offset + lengthInStream(segment);
    if (payload.length === 0 && !hasFin) return true;
    if (!RECEIVING.has(this.state)) {
      receiver.repeatAcknowledgment(offset, end);
      return true;
    }
    if (!this.#isHeld && offset + payload.length > receiver.next) {
      // Nobody will ever read it: the peer must know that it is lost.
      this.#refuse(segment);
      this.#end("closed");
      return false;
    }
    const isBeyond = payload.length > 0 && offset >= receiver.window.end;
    if (end <= receiver.next || isBeyond) {
      receiver.repeatAcknowledgment(offset, end);
      return true;
    }
    const { hasGrown, hasEnded } = receiver.take(offset, payload, hasFin);
    if (hasGrown) this.#life.note({ kind: "readable" });
    if (hasEnded) this.#finReceived();
    return true;
  }

  #receiveInTimeWait(segment: TcpSegment): void {
    // The peer did not hear the last ACK: it is said again, and the wait begins anew.
    if (lengthInStream(segment) === 0) return;
    this.#acknowledge();
    this.#life.linger(TIME_WAIT_MS);
  }

  /** Learns of the peer's stream, and what both sides hold to. */
  #hearSyn(syn: TcpSegment): void {
    const agreement = agree(this.#settings, syn);
    const output = this.output;
    const announcedBytes = output.synWindowBytes;
    output.learn(syn, agreement);
    this.sender.agree(sendMss(agreement, this.#mtu), agreement.hasSack);
    this.#receiver = new TcpReceiver({
      clock: this.#deps.clock,
      window: new ReceiveWindow({
        memoryBytes: this.#settings.receiveMemoryBytes,
        mss: output.receiveMss,
        scaleBits: agreement.receiveScaleBits,
        initialBytes: this.state === "SYN-SENT" ? announcedBytes : output.synWindowBytes,
      }),
      acknowledge: () => this.#acknowledge(),
      timing: () => this.sender.recovery.rtt,
    });
    output.receiver = this.#receiver;
  }

  #connected(): void {
    this.#life.move("connected");
    this.sender.open();
    this.#life.note({ kind: "connected" });
    if (this.#isFinishing) this.#life.move("close");
  }

  #finReceived(): void {
    const state = this.#life.move("fin");
    this.#life.note({ kind: "peer-closed" });
    if (state !== "CLOSE-WAIT") this.#acknowledge();
    if (state === "TIME-WAIT") this.#waitForStragglers();
  }

  #finAcknowledged(): void {
    if (this.state === "LAST-ACK") return this.#end("closed");
    if (this.state !== "FIN-WAIT-1" && this.state !== "CLOSING") return;
    if (this.#life.move("fin-acknowledged") === "TIME-WAIT") this.#waitForStragglers();
    else if (!this.#isHeld) this.#life.linger(this.#settings.finTimeoutMs);
  }

  #waitForStragglers(): void {
    this.sender.stop();
    this.#life.linger(TIME_WAIT_MS);
    this.#life.noteEnd("closed");
  }

  #hearReset(): void {
    this.#end(this.state === "TIME-WAIT" ? "closed" : "reset");
  }

  #acknowledge(): void {
    this.output.acknowledge(this.sender.next);
  }

  /** Answers a segment that this connection cannot be meant by. */
  #refuse(segment: TcpSegment): void {
    const reset = resetFor(segment);
    if (reset !== undefined) this.#deps.send(reset, { isEcnCapable: false, isRepeated: false });
  }

  #end(end: TcpEnd): void {
    this.sender.stop();
    this.#receiver?.stop();
    this.#life.finish(end);
  }

  #endNow(end: TcpEnd): void {
    if (this.state === "UNCONN") return;
    this.#end(end);
    this.#life.tell();
  }

  get #synchronised(): TcpReceiver {
    return present(this.#receiver, "a connection that has seen a SYN receives");
  }
}
