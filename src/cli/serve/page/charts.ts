import { Chart } from "./chart.ts";
import { queueDrops } from "./facts.ts";
import { bitRate, duration, scaled } from "./format.ts";
import { type Counters, History, ratesBetween } from "./rates.ts";
import type { Chosen, Row } from "./view.ts";

/** Moments that a chart shows: five minutes of two seconds each. */
const MOST = 150;

const RATES = ["rxRate", "txRate"];
const TIMES = ["p50", "p99"];
const DROPS = ["dropped"];
const RECEIVES = { label: "Receives", colour: "--receives" };
const SENDS = { label: "Sends", colour: "--sends" };

/** The charts: all containers, and the one that is looked at. */
export class Charts {
  readonly #all: Chart;
  readonly #one: Chart;
  readonly #times: Chart;
  readonly #drops: Chart;
  readonly #allRates = new History(RATES, MOST);
  #id: string | undefined;
  #oneRates = new History(RATES, MOST);
  #oneTimes = new History(TIMES, MOST);
  #oneDrops = new History(DROPS, MOST);
  #dropsBefore: Counters | undefined;

  /** @param place Where they are put. */
  constructor(place: HTMLElement) {
    const rates = { lines: [RECEIVES, SENDS], format: bitRate, least: 1000 };
    this.#one = new Chart(place, { title: "This container", ...rates });
    this.#all = new Chart(place, { title: "All containers", ...rates });
    this.#times = new Chart(place, {
      title: "Round-trip times of this container",
      lines: [{ label: "p50", colour: "--receives" }, { label: "p99", colour: "--sends" }],
      format: duration,
      least: 1000,
    });
    this.#drops = new Chart(place, {
      title: "Drops of this container",
      lines: [{ label: "Dropped", colour: "--bad" }],
      format: (value) => scaled(value, "/s"),
      least: 10,
    });
  }

  /**
   * Adds a moment.
   *
   * @param rows All containers.
   * @param chosen The one that is looked at; undefined where there is none.
   * @param atMs When, in milliseconds since 1970.
   */
  add(rows: readonly Row[], chosen: Chosen | undefined, atMs: number): void {
    const at = atMs / 1000;
    const sum = (rate: (row: Row) => number | undefined) => {
      const told = rows.map(rate).filter((each) => each !== undefined);
      return told.length === 0 ? undefined : told.reduce((a, b) => a + b, 0);
    };
    this.#allRates.add(at, { rxRate: sum((row) => row.rxRate), txRate: sum((row) => row.txRate) });
    this.#all.show(this.#allRates);
    if (chosen?.row.id !== this.#id) this.#begin(chosen?.row.id);
    if (chosen !== undefined) this.#addChosen(chosen, atMs);
    this.#one.show(this.#oneRates);
    this.#times.show(this.#oneTimes);
    this.#drops.show(this.#oneDrops);
  }

  /** Draws in the colours of now. */
  recolour(): void {
    for (const chart of [this.#all, this.#one, this.#times, this.#drops]) chart.recolour();
  }

  #begin(id: string | undefined): void {
    this.#id = id;
    this.#oneRates = new History(RATES, MOST);
    this.#oneTimes = new History(TIMES, MOST);
    this.#oneDrops = new History(DROPS, MOST);
    this.#dropsBefore = undefined;
  }

  #addChosen({ row, usage }: Chosen, atMs: number): void {
    const at = atMs / 1000;
    const { rxRate, txRate } = row;
    this.#oneRates.add(at, { rxRate, txRate });
    this.#oneTimes.add(at, {
      p50: usage.net_tcp_rtt_microsecs_p50,
      p99: usage.net_tcp_rtt_microsecs_p99,
    });
    const link = (usage.net_rx_dropped ?? 0) + (usage.net_tx_dropped ?? 0);
    const counters = { atMs, values: { dropped: link + (queueDrops(usage) ?? 0) } };
    this.#oneDrops.add(at, ratesBetween(this.#dropsBefore, counters));
    this.#dropsBefore = counters;
  }
}
