import type { SocketState } from "../model/socket.ts";
import { NS_PER_MS, type VirtualClock } from "../time/virtual_clock.ts";
import { DeadlineTimer } from "./deadline_timer.ts";
import type { TcpEnd, TcpEvent } from "./events.ts";
import { nextState, type StateInput } from "./state.ts";

/** Where a connection stands, when it goes away by itself, and who hears of it. */
export class Lifecycle {
  readonly #hear: (event: TcpEvent) => void;
  readonly #timer: DeadlineTimer;
  readonly #news: TcpEvent[] = [];
  #state: SocketState = "UNCONN";
  #isTelling = false;
  #hasEnded = false;

  /**
   * @param clock The clock of the simulation.
   * @param hear Hears of every event, one after another.
   * @param expired What happens when it has lingered long enough.
   */
  constructor(clock: VirtualClock, hear: (event: TcpEvent) => void, expired: () => void) {
    this.#hear = hear;
    this.#timer = new DeadlineTimer(clock, expired);
  }

  /** Where the connection stands. */
  get state(): SocketState {
    return this.#state;
  }

  /**
   * Follows the table of transitions.
   *
   * @param input What happened.
   * @returns Where the connection stands now.
   */
  move(input: StateInput): SocketState {
    const from = this.#state;
    const to = nextState(from, input);
    this.#state = to;
    this.#news.push({ kind: "state-changed", from, to });
    return to;
  }

  /** @param timeMs How long it stays where it is, in milliseconds from now. */
  linger(timeMs: number): void {
    this.#timer.set(timeMs * NS_PER_MS);
  }

  /** @param event What there is to tell, once everything is in order. */
  note(event: TcpEvent): void {
    this.#news.push(event);
  }

  /** @param end How it ended; only the first word counts. */
  noteEnd(end: TcpEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#news.push({ kind: "ended", end });
  }

  /** @param end How it ended: from now on there is no connection. */
  finish(end: TcpEnd): void {
    this.#timer.clear();
    this.move("end");
    this.noteEnd(end);
  }

  /** Tells what has happened, each thing after the one before has been dealt with. */
  tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let event = this.#news.shift(); event !== undefined; event = this.#news.shift()) {
      this.#hear(event);
    }
    this.#isTelling = false;
  }
}
