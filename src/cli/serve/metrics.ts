import {
  Counter,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  type PrometheusContentType,
  Registry,
} from "prom-client";
import type { Share } from "../../isolator/registry.ts";
import type { MeasuredRun } from "../../kernel/measured_kernel.ts";
import type { Agent, Snapshot } from "./agent.ts";
import { CONTAINER_METRICS, type ContainerMetric } from "./container_metrics.ts";

/** Upper bounds of the kernel's latencies, in seconds: one process takes some milliseconds. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

/** A registry of either format. */
type AnyRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>;

/** Metrics as text, and the text's type. */
export interface MetricsText {
  /** The type, as the header `content-type` has it. */
  readonly type: string;
  /** The text. */
  readonly text: string;
}

/** Writes what an agent knows for Prometheus and its like. */
export class AgentMetrics {
  readonly #latency = new Histogram({
    name: "berth_kernel_command_seconds",
    help: "How long commands of the kernel's tools took",
    labelNames: ["tool", "effect", "ok"],
    buckets: LATENCY_BUCKETS,
    registers: [],
  });
  /** What was written of each snapshot; one that nobody holds any more is forgotten. */
  readonly #written = new WeakMap<Snapshot, Map<boolean, Promise<MetricsText>>>();

  /**
   * Counts one run of a tool.
   *
   * @param run The run.
   */
  observe({ invocation: { tool, effect }, seconds, isOk }: MeasuredRun): void {
    this.#latency.observe({ tool, effect, ok: String(isOk) }, seconds);
  }

  /**
   * Writes all metrics, once for all who are shown the same snapshot.
   *
   * @param agent Whose metrics.
   * @param snapshot The containers and what they have used.
   * @param accept What the reader takes, as its header `accept` says: OpenMetrics for those who
   *   name it, and Prometheus' older text for all others.
   */
  write(agent: Agent, snapshot: Snapshot, accept: string): Promise<MetricsText> {
    const isOpen = accept.includes("application/openmetrics-text");
    const written = this.#written.get(snapshot) ?? new Map<boolean, Promise<MetricsText>>();
    this.#written.set(snapshot, written);
    const metrics = written.get(isOpen) ?? this.#compose(agent, snapshot, isOpen);
    written.set(isOpen, metrics);
    return metrics;
  }

  async #compose(agent: Agent, snapshot: Snapshot, isOpen: boolean): Promise<MetricsText> {
    const scrape = emptyRegistry(isOpen);
    describeHost(scrape, agent, snapshot);
    for (const metric of CONTAINER_METRICS) describeContainers(scrape, metric, snapshot);
    scrape.registerMetric(this.#latency);
    return { type: scrape.contentType, text: await scrape.metrics() };
  }
}

function emptyRegistry(isOpen: boolean): AnyRegistry {
  if (!isOpen) return new Registry();
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}

function describeHost(scrape: AnyRegistry, agent: Agent, snapshot: Snapshot) {
  const { isolator } = agent;
  const registers = [scrape];
  const containers = new Gauge({
    name: "berth_containers",
    help: "Containers of the host, by how they are doing",
    labelNames: ["status"],
    registers,
  });
  for (const status of ["running", "partial", "dead"] as const) {
    containers.set({ status }, snapshot.found.filter((each) => each.status === status).length);
  }
  const { ephemeralRanges, ports } = isolator.occupancy;
  describeShare(scrape, "ephemeral_ranges", "Ephemeral ranges", ephemeralRanges);
  describeShare(scrape, "ports", "Ports to ask for", ports);
  for (const [path, value] of Object.entries(isolator.metrics)) {
    const name = path.replace("/", "_");
    const isCounter = !path.includes("per_cpu");
    if (isCounter) new Counter({ name: `${name}_total`, help: path, registers }).inc(value);
    else new Gauge({ name, help: path, registers }).set(value);
  }
}

function describeShare(scrape: AnyRegistry, name: string, what: string, share: Share): void {
  const registers = [scrape];
  const used = { name: `berth_${name}_used`, help: `${what} that containers hold`, registers };
  const total = { name: `berth_${name}`, help: `${what} of the host`, registers };
  new Gauge(used).set(share.used);
  new Gauge(total).set(share.total);
}

function describeContainers(
  scrape: AnyRegistry,
  { name, kind, help, labels, samples }: ContainerMetric,
  { usages }: Snapshot,
): void {
  const options = { name, help, labelNames: ["id", ...labels], registers: [scrape] };
  const metric = kind === "counter" ? new Counter(options) : new Gauge(options);
  for (const [id, usage] of usages) {
    for (const { value, labels: more = {} } of samples(usage)) {
      metric.inc({ id, ...more }, Number(value));
    }
  }
}
