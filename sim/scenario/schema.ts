/**
 * The file format of scenarios, as one value: it checks files, gives their types, and is written
 * out as a JSON Schema.
 *
 * @module
 */

import * as z from "zod";
import { FEATURES } from "../model/features.ts";

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, {
  error: "must be 1 to 64 letters, digits, dots, hyphens or underscores",
});
const port = z.int().min(1).max(65535);
const atMs = z.number().min(0, { error: "lies in the past; time begins at 0" })
  .describe("When, in milliseconds of virtual time from the beginning");
const prefix = z.string().regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/, {
  error: 'must be an IPv4 address with the bits of its network, such as "10.77.0.2/24"',
}).describe("IPv4 address with the bits of its network");

const host = z.strictObject({
  address: prefix.default("10.77.0.2/24"),
  speedMbitPerSecond: z.number().positive().optional()
    .describe("Speed of its eth0; no limit when left out"),
  lacks: z.array(z.enum(FEATURES)).default([])
    .describe("Kinds of traffic control that its kernel was built without"),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({})
    .describe("Options of the isolator, by the names of berth's flags"),
});

const machine = z.strictObject({ name, address: prefix });

const container = z.strictObject({
  id: name,
  ports: z.string().describe('Its ports, such as "31000-31007,31020"'),
  cpus: z.number().positive().optional(),
  startAtMs: atMs.default(0),
});

const ends = {
  name,
  from: name.describe("Who sends: a container, a machine, or host"),
  to: name.describe("Who should receive: a container, a machine, or host"),
  address: z.enum(["public", "loopback"]).default("public")
    .describe("By which address: the receiver's public one, or 127.0.0.1"),
  atMs: atMs.default(0),
  limitMs: z.number().positive().default(60_000).describe("How long it may take at most"),
};

const flow = z.discriminatedUnion("protocol", [
  z.strictObject({
    protocol: z.literal("tcp"),
    ...ends,
    port,
    sourcePort: port.optional(),
    bytes: z.int().min(1).max(1e9).describe("Size of the transfer"),
  }),
  z.strictObject({
    protocol: z.literal("udp"),
    ...ends,
    port,
    sourcePort: port.optional(),
    datagrams: z.int().min(1).max(1e6),
    bytes: z.int().min(1).max(65_507).describe("Payload of each datagram"),
    intervalMs: z.number().min(0).default(1).describe("Time between two datagrams"),
  }),
  z.strictObject({
    protocol: z.literal("icmp"),
    ...ends,
    echoes: z.int().min(1).max(65_535),
    intervalMs: z.number().positive().default(200).describe("Time between two echo requests"),
  }),
]);

const event = z.discriminatedUnion("event", [
  z.strictObject({ event: z.literal("stop"), atMs, container: name }),
  z.strictObject({
    event: z.literal("update"),
    atMs,
    container: name,
    ports: z.string().optional(),
    cpus: z.number().positive().optional(),
  }),
  z.strictObject({ event: z.literal("kill"), atMs, container: name })
    .describe("The container's process dies"),
  z.strictObject({
    event: z.literal("crash"),
    atMs,
    afterCommands: z.int().min(0).default(0),
  }).describe("The isolator is killed after that many more commands to the kernel"),
  z.strictObject({ event: z.literal("recover"), atMs })
    .describe("A new isolator reconciles what the last one left"),
  z.strictObject({ event: z.literal("link-down"), atMs, of: name })
    .describe("The cable of a machine's card is pulled"),
  z.strictObject({ event: z.literal("link-up"), atMs, of: name }),
]);

const range = z.tuple([z.number(), z.number()]);
const state = { atMs: atMs.optional().describe("When to look; at the end when left out") };

const expectation = z.discriminatedUnion("expect", [
  z.strictObject({ expect: z.literal("arrives"), flow: name }),
  z.strictObject({ expect: z.literal("does-not-arrive"), flow: name }),
  z.strictObject({ expect: z.literal("rate"), flow: name, betweenBytesPerSecond: range }),
  z.strictObject({ expect: z.literal("duration"), flow: name, betweenMs: range }),
  z.strictObject({ expect: z.literal("drop"), flow: name, reason: z.string() }),
  z.strictObject({
    expect: z.literal("fair-share"),
    flows: z.array(name).min(2),
    withinPercent: z.number().positive(),
  }).describe("Each had the same part of what all had together, until the first of them ended"),
  z.strictObject({
    expect: z.literal("statistic"),
    ...state,
    container: name,
    name: z.string().describe("A field of usage, with dots into inner objects"),
    between: range,
  }),
  z.strictObject({ expect: z.literal("containers"), ...state, are: z.array(name) }),
  z.strictObject({ expect: z.literal("links"), ...state, are: z.array(z.string()) })
    .describe("The names of the host's links"),
]);

/** A scenario: a world, what happens in it, and what must come of it. */
export const SCENARIO = z.strictObject({
  $schema: z.string().optional(),
  title: z.string().min(1),
  about: z.string().min(1).describe("What it teaches"),
  seed: z.int().min(0).max(0xffffffff).default(1),
  host: host.prefault({}),
  wire: z.strictObject({ delayMs: z.number().min(0).default(0.1) }).prefault({}),
  machines: z.array(machine).min(1).default([{ name: "outside", address: "10.77.0.1/24" }])
    .describe("The other machines on the host's wire; the first is its gateway"),
  containers: z.array(container).default([]),
  flows: z.array(flow).default([]),
  events: z.array(event).default([]),
  expect: z.array(expectation).min(1),
});

/** A scenario, checked and complete. */
export type Scenario = z.infer<typeof SCENARIO>;
/** A scenario as its author writes it. */
export type ScenarioInput = z.input<typeof SCENARIO>;
/** A container of a scenario. */
export type ScenarioContainer = Scenario["containers"][number];
/** A flow of a scenario. */
export type Flow = Scenario["flows"][number];
/** Something that happens at a time. */
export type ScenarioEvent = Scenario["events"][number];
/** What must come of it. */
export type Expectation = Scenario["expect"][number];

/** @returns The file format as a JSON Schema, for editors. */
export function scenarioJsonSchema(): object {
  return z.toJSONSchema(SCENARIO, { io: "input" });
}
