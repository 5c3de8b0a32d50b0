import type { Expectation, Flow } from "./schema.ts";

/** How a flow went. */
export interface FlowReport {
  /** Its name. */
  readonly name: string;
  /** Its protocol. */
  readonly protocol: Flow["protocol"];
  /** Who sent. */
  readonly from: string;
  /** Who should have received. */
  readonly to: string;
  /** Whether all of it reached the program that should have received it. */
  readonly arrived: boolean;
  /** How it ended. */
  readonly outcome: FlowOutcome;
  /** Bytes that reached that program; of ICMP, echo requests that were answered. */
  readonly received: number;
  /** When it began, in milliseconds. */
  readonly beganAtMs: number;
  /** How long it took to its last byte, in milliseconds. */
  readonly tookMs: number;
  /** Bytes a second over that time; undefined where nothing arrived. */
  readonly rateBytesPerSecond: number | undefined;
  /** Packets of it that were dropped, by the kernel's rule. */
  readonly drops: Readonly<Record<string, number>>;
  /** What every flow under way had received when this one ended, by name. */
  readonly receivedByAll: Readonly<Record<string, number>>;
}

/** How a flow can end. */
export type FlowOutcome = "complete" | "refused" | "reset" | "timed-out" | "unreachable";

/** Something that happened, for the story of a run. */
export interface TimelineEntry {
  /** When, in milliseconds. */
  readonly atMs: number;
  /** What, in one sentence. */
  readonly what: string;
  /** Whether it did not succeed. */
  readonly failed: boolean;
}

/** Whether what was expected came about. */
export interface Verdict {
  /** What was expected. */
  readonly expectation: Expectation;
  /** The same in words. */
  readonly wanted: string;
  /** What was seen. */
  readonly seen: string;
  /** Whether that is as it should be. */
  readonly ok: boolean;
}

/** What came of a scenario. The same seed gives the same report. */
export interface ScenarioReport {
  /** The scenario's title. */
  readonly title: string;
  /** What it teaches. */
  readonly about: string;
  /** Its seed. */
  readonly seed: number;
  /** When it ended, in milliseconds. */
  readonly endedAtMs: number;
  /** What happened, in order. */
  readonly timeline: readonly TimelineEntry[];
  /** Its flows, in the order of the file. */
  readonly flows: readonly FlowReport[];
  /** What was unusual, such as a packet that circled. */
  readonly findings: readonly string[];
  /** What was expected, in the order of the file. */
  readonly verdicts: readonly Verdict[];
  /** Whether all of that came about. */
  readonly ok: boolean;
}
