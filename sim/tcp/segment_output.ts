import { TCP_FLAG, type TcpSegment } from "../packet/tcp.ts";
import {
  optionBytes,
  type StreamBlock,
  TCP_OPTIONS_MAX_BYTES,
  TCP_SACK_BYTES,
  TCP_TIMESTAMP_BYTES,
} from "../packet/tcp_options.ts";
import { EcnEcho } from "./ecn.ts";
import type { TcpDeps } from "./events.ts";
import {
  type Agreement,
  ecnFlags,
  HEADERS_BYTES,
  type SynOptions,
  synOptions,
} from "./handshake.ts";
import type { TcpReceiver } from "./receiver.ts";
import { initialWindowBytes } from "./receive_window.ts";
import type { OutgoingPart } from "./sender_deps.ts";
import type { TcpSettings } from "./settings.ts";
import { Tally } from "./tally.ts";
import { WireNumbers } from "./wire_numbers.ts";

/** What is said of a stream that has no gap. */
const NO_BLOCKS: readonly StreamBlock[] = [];

const NOTHING = new Uint8Array(0);

/** Makes a connection's segments and sends them (`__tcp_transmit_skb`). */
export class SegmentOutput {
  /** What its segments look like on the wire. */
  readonly wire: WireNumbers;
  /** What is said of congestion marks. */
  readonly ecn: EcnEcho = new EcnEcho();
  /** What went out and came in. */
  readonly tally: Tally;
  /** The receiving half, whose acknowledgments every segment carries; undefined before the SYN. */
  receiver: TcpReceiver | undefined;
  readonly #deps: TcpDeps;
  readonly #settings: TcpSettings;
  #peerSyn: TcpSegment | undefined;

  /**
   * @param deps What is around the connection.
   * @param settings How it behaves.
   */
  constructor(deps: TcpDeps, settings: TcpSettings) {
    this.#deps = deps;
    this.#settings = settings;
    this.wire = new WireNumbers(deps.clock, deps.random, settings);
    this.tally = new Tally(deps.clock.nowNs);
  }

  /** Largest payload that the peer may send, in bytes. */
  get receiveMss(): number {
    const hasTimestamps = this.wire.agreement?.hasTimestamps === true;
    return this.#settings.mtu - HEADERS_BYTES - (hasTimestamps ? TCP_TIMESTAMP_BYTES : 0);
  }

  /** The window that a SYN of this side speaks of, in bytes. */
  get synWindowBytes(): number {
    return initialWindowBytes(this.#settings.receiveMemoryBytes.initial, this.receiveMss);
  }

  /** Bytes that the list of what came before its turn takes in every segment now. */
  get sackBytes(): number {
    return this.#early.length === 0 ? 0 : optionBytes({ sackBlocks: this.#early });
  }

  /** What came before its turn, as far as the options have room for it. */
  get #early(): readonly StreamBlock[] {
    const { agreement } = this.wire;
    if (this.receiver === undefined || agreement?.hasSack !== true) return NO_BLOCKS;
    const takenBytes = (agreement.hasTimestamps ? TCP_TIMESTAMP_BYTES : 0) + TCP_SACK_BYTES.head;
    const most = Math.floor((TCP_OPTIONS_MAX_BYTES - takenBytes) / TCP_SACK_BYTES.block);
    return this.receiver.early.blocks.slice(0, most);
  }

  /** Hears the peer's SYN. @param syn The SYN. @param agreement What both sides hold to. */
  learn(syn: TcpSegment, agreement: Agreement): void {
    this.#peerSyn = syn;
    this.wire.learn(syn, agreement);
    this.ecn.isAgreed = agreement.hasEcn;
  }

  /**
   * Sends a part of the stream.
   *
   * @param part The part.
   */
  send(part: OutgoingPart): void {
    const { offset, flags, payload, isRepeated } = part;
    const isData = payload.length > 0;
    if ((flags & TCP_FLAG.syn) !== 0) return this.#sendSyn(flags, isRepeated);
    const ecnFlags = this.ecn.takeFlags(isData && !isRepeated);
    const isEcnCapable = this.ecn.isAgreed && isData && !isRepeated;
    this.#emit(offset, flags | TCP_FLAG.ack | ecnFlags, payload, { isEcnCapable, isRepeated });
    if (isData) this.receiver?.dataSent();
  }

  /** Answers the peer's SYN once more, because it came again. */
  repeatSynAck(): void {
    this.#sendSyn(TCP_FLAG.syn | TCP_FLAG.ack, true);
  }

  /**
   * Sends an ACK that carries nothing.
   *
   * @param offset Offset of the next byte to send; one that was acknowledged long ago for a probe.
   */
  acknowledge(offset: number): void {
    const flags = TCP_FLAG.ack | this.ecn.takeFlags(false);
    this.#emit(offset, flags, NOTHING, { isEcnCapable: false, isRepeated: false });
  }

  /** Breaks the connection off. @param offset Offset of the next byte to send. */
  reset(offset: number): void {
    const flags = TCP_FLAG.rst | TCP_FLAG.ack;
    this.#emit(offset, flags, NOTHING, { isEcnCapable: false, isRepeated: false });
  }

  #sendSyn(flags: number, isRepeated: boolean): void {
    const answered = (flags & TCP_FLAG.ack) === 0 ? undefined : this.#peerSyn;
    // A SYN that was lost may have been lost for its ECN bits (`tcp_ecn_fallback`).
    const ecn = isRepeated && answered === undefined ? 0 : ecnFlags(this.#settings, answered);
    const syn = synOptions(this.#settings, answered);
    this.#emit(0, flags | ecn, NOTHING, { isEcnCapable: false, isRepeated }, syn);
  }

  #emit(
    offset: number,
    flags: number,
    payload: Uint8Array,
    manner: { readonly isEcnCapable: boolean; readonly isRepeated: boolean },
    syn?: SynOptions,
  ): void {
    const { receiver } = this;
    const hasAck = (flags & TCP_FLAG.ack) !== 0;
    const windowBytes = syn !== undefined || receiver === undefined
      ? this.synWindowBytes
      : receiver.tellWindow();
    const acknowledged = hasAck ? receiver?.next ?? 1 : undefined;
    const early = syn === undefined && hasAck ? this.#early : NO_BLOCKS;
    const segment = this.wire.write({
      offset,
      flags,
      acknowledged,
      windowBytes,
      early,
      payload,
      syn,
    });
    if (hasAck) receiver?.acknowledged();
    this.tally.sent(segment, this.#deps.clock.nowNs);
    this.#deps.send(segment, manner);
  }
}
