import { type Divergence } from "./divergence.ts";
import { lineOf } from "./sequence.ts";

/** A way in which the simulator is known to answer otherwise than a real kernel. */
export interface KnownGap {
  /** Name of the example in `gaps/`, without its ending. The example must still differ. */
  readonly name: string;
  /** Why it differs. */
  readonly reason: string;
  /** What the command and its input look like. */
  readonly command: RegExp;
  /** What the lines look like that only one of the two wrote; every one of them must. */
  readonly lines: RegExp;
}

/** Every known gap. */
export const KNOWN_GAPS: readonly KnownGap[] = [
  {
    name: "carrier_cause",
    reason: "the kernel looks for the cause of a missing carrier once, when the carrier goes",
    command: /^ip /,
    lines: /NO-CARRIER.* state (LOWERLAYER)?DOWN |"operstate":"(LOWERLAYER)?DOWN"|LOWERLAYERDOWN/,
  },
  {
    name: "disable_ipv6_word",
    reason: "Linux 6.1 takes a word for a number where IPv6 is switched off, and changes nothing",
    command: /disable_ipv6=foo/,
    lines: /disable_ipv6|^\? \d/,
  },
];

/**
 * Finds the known gap that explains a divergence.
 *
 * @param divergence The divergence.
 */
export function gapOf(divergence: Divergence): KnownGap | undefined {
  const command = [lineOf(divergence.command), ...divergence.command.stdin].join("\n");
  const lines = differingLines(divergence);
  return KNOWN_GAPS.find((gap) =>
    gap.command.test(command) && lines.every((line) => gap.lines.test(line))
  );
}

/** The lines of output that only one of the two kernels wrote, with those of the status. */
export function differingLines({ expected, actual }: Divergence): string[] {
  const [a, b] = [expected, actual].map((
    { stdout, stderr, status },
  ) => [...stdout.split("\n"), ...stderr.split("\n").map((line) => `! ${line}`), `? ${status}`]);
  const only = (these: readonly string[] = [], those: readonly string[] = []) =>
    these.filter((line) => !those.includes(line));
  return [...only(a, b), ...only(b, a)];
}
