import type { FlowReport, Verdict } from "./report.ts";
import type { Expectation } from "./schema.ts";

/** What expectations are compared with. */
export interface Seen {
  /** Flows by name. */
  readonly flows: ReadonlyMap<string, FlowReport>;
  /** What was looked at for an expectation about the host or a container. */
  readonly looked: ReadonlyMap<Expectation, unknown>;
}

/** What was wanted and what was seen, in words. */
type Judgement = Omit<Verdict, "expectation">;

/** An expectation of one kind. */
type ExpectationOf<K extends Expectation["expect"]> = Extract<Expectation, { expect: K }>;

/** How each kind of expectation is judged. */
const JUDGES: {
  readonly [K in Expectation["expect"]]: (wanted: ExpectationOf<K>, seen: Seen) => Judgement;
} = {
  "arrives": ({ flow }, { flows }) => {
    const report = flows.get(flow);
    return { wanted: `${flow} arrives`, seen: howFar(report), ok: report?.arrived === true };
  },
  "does-not-arrive": ({ flow }, { flows }) => {
    const report = flows.get(flow);
    const wanted = `nothing of ${flow} arrives`;
    return { wanted, seen: howFar(report), ok: report?.received === 0 };
  },
  "rate": ({ flow, betweenBytesPerSecond: [least, most] }, { flows }) => {
    const rate = flows.get(flow)?.rateBytesPerSecond;
    return {
      wanted: `${flow} has between ${least} and ${most} bytes/s`,
      seen: rate === undefined ? "it has no rate" : `${Math.round(rate)} bytes/s`,
      ok: rate !== undefined && rate >= least && rate <= most,
    };
  },
  "duration": ({ flow, betweenMs: [least, most] }, { flows }) => {
    const report = flows.get(flow);
    const tookMs = report?.tookMs ?? NaN;
    return {
      wanted: `${flow} takes between ${least} and ${most} ms`,
      seen: report?.arrived ? `${tookMs.toFixed(1)} ms` : howFar(report),
      ok: report?.arrived === true && tookMs >= least && tookMs <= most,
    };
  },
  "drop": ({ flow, reason }, { flows }) => {
    const drops = Object.entries(flows.get(flow)?.drops ?? {});
    return {
      wanted: `packets of ${flow} are dropped: ${reason}`,
      seen: drops.length === 0
        ? "none was dropped"
        : drops.map(([why, count]) => `${count} dropped: ${why}`).join(", "),
      ok: drops.some(([why]) => why === reason),
    };
  },
  "fair-share": judgeShare,
  "statistic": (expectation, { looked }) => {
    const { container, name, between: [least, most] } = expectation;
    const value = fieldOf(looked.get(expectation), name);
    return {
      wanted: `${name} of ${container} is ${least === most ? least : `${least} to ${most}`}`,
      seen: value === undefined ? "there is no such statistic" : String(value),
      ok: value !== undefined && value >= least && value <= most,
    };
  },
  "containers": (expectation, { looked }) => judgeNames(expectation, "containers", looked),
  "links": (expectation, { looked }) => judgeNames(expectation, "links of the host", looked),
};

/**
 * Compares what was expected with what was seen.
 *
 * @param expectation What was expected.
 * @param seen What was seen.
 */
export function judge(expectation: Expectation, seen: Seen): Verdict {
  return { expectation, ...judgementOf(expectation, seen) };
}

function judgementOf<K extends Expectation["expect"]>(
  expectation: ExpectationOf<K> & { readonly expect: K },
  seen: Seen,
): Judgement {
  const judgeOne: (wanted: ExpectationOf<K>, seen: Seen) => Judgement = JUDGES[expectation.expect];
  return judgeOne(expectation, seen);
}

function howFar(report: FlowReport | undefined): string {
  if (report === undefined) return "it never began";
  const unit = report.protocol === "icmp" ? "echoes" : "bytes";
  return `${report.received} ${unit} arrived, ${report.outcome}`;
}

function judgeShare(
  { flows: names, withinPercent }: ExpectationOf<"fair-share">,
  { flows }: Seen,
): Judgement {
  const wanted = `${names.join(", ")} share equally, within ${withinPercent} %`;
  const reports = names.flatMap((name) => flows.get(name) ?? []);
  const endOf = ({ beganAtMs, tookMs }: FlowReport) => beganAtMs + tookMs;
  const [first] = reports.toSorted((a, b) => endOf(a) - endOf(b));
  if (first === undefined || reports.length < names.length) {
    return { wanted, seen: "not all of them began", ok: false };
  }
  const received = names.map((name) => first.receivedByAll[name] ?? 0);
  const all = received.reduce((sum, each) => sum + each, 0);
  const shares = received.map((each) => 100 * each * names.length / all - 100);
  return {
    wanted,
    seen: shares.map((share, i) =>
      `${names[i]} ${share < 0 ? "−" : "+"}${Math.abs(share).toFixed(1)} %`
    ).join(", "),
    ok: all > 0 && shares.every((share) => Math.abs(share) <= withinPercent),
  };
}

function judgeNames(
  expectation: ExpectationOf<"containers"> | ExpectationOf<"links">,
  what: string,
  looked: ReadonlyMap<Expectation, unknown>,
): Judgement {
  const value = looked.get(expectation);
  const names = Array.isArray(value) ? value.map(String) : [];
  const list = (items: readonly string[]) => items.length === 0 ? "none" : items.join(", ");
  return {
    wanted: `the ${what}: ${list(expectation.are)}`,
    seen: list(names),
    ok: JSON.stringify([...expectation.are].sort()) === JSON.stringify([...names].sort()),
  };
}

/** Follows dots into inner objects to a number. */
function fieldOf(value: unknown, path: string): number | bigint | undefined {
  let at = value;
  for (const key of path.split(".")) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Object.entries(at).find(([name]) => name === key)?.[1];
  }
  return typeof at === "number" || typeof at === "bigint" ? at : undefined;
}
