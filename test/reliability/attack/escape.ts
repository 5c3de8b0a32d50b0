import type { OwnershipModel, Shot, Verdict } from "./verdict.ts";

/** A frame that did not fare as it should. */
export interface Escape {
  /** The frame. */
  readonly shot: Shot;
  /** Who should have seen it. */
  readonly should: Verdict;
  /** Who saw it. */
  readonly seen: Verdict;
}

/**
 * Compares who saw a frame with who should have.
 *
 * A link must see a frame exactly as often as the model says. A stack that took one must be among
 * those that may; it may also have refused it, for a wrong checksum or a foreign address.
 *
 * @param model Knows who should.
 * @param shot The frame.
 * @param seen Who saw it.
 * @returns What is wrong; undefined where nothing is, `headerless` for what is no packet.
 */
export function judge(
  model: OwnershipModel,
  shot: Shot,
  seen: Verdict,
): Escape | "headerless" | undefined {
  const should = model.verdictOf(shot);
  if (should === undefined) return "headerless";
  const isSame = should.links.length === seen.links.length &&
    should.links.every((link, i) => link === seen.links[i]);
  const isOwn = seen.stacks.every((stack) => should.stacks.includes(stack));
  return isSame && isOwn ? undefined : { shot, should, seen };
}
