/** The parts of `parse-prometheus-text-format` that Berth's tests use. */

/** One value of a metric, or one histogram. */
interface Metric {
  readonly value?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly buckets?: Readonly<Record<string, string>>;
}

/** A metric with all its values. */
interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "COUNTER" | "GAUGE" | "HISTOGRAM" | "SUMMARY" | "UNTYPED";
  readonly metrics: readonly Metric[];
}

export default function parse(text: string): MetricFamily[];
