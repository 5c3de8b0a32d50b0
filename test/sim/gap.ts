/** A command that the simulator is known to answer in another way than the recorded kernel. */
export interface KnownGap {
  /** The transcript. */
  readonly transcript: string;
  /** The command, as the transcript has it. */
  readonly line: string;
  /** Why it differs. */
  readonly reason: string;
}

/**
 * Names gaps of one transcript that have one reason.
 *
 * @param transcript The transcript.
 * @param reason The reason.
 * @param lines The commands.
 */
export function gaps(transcript: string, reason: string, lines: readonly string[]): KnownGap[] {
  return lines.map((line) => ({ transcript, line, reason }));
}
