/** What a ring tells its members apart by. */
export interface RingMember {
  /** Handle of its class. */
  readonly handle: number;
}

/**
 * Classes that take turns, in the order of their handles. The kernel keeps them in a tree with a
 * pointer at the one whose turn it is, and with a note of who it was when that one left.
 */
export class ClassRing<Member extends RingMember> {
  readonly #members: Member[] = [];
  #turn: Member | undefined;
  #leftHandle = 0;

  /** Whether nobody takes turns. */
  get isEmpty(): boolean {
    return this.#members.length === 0;
  }

  /** @param member One that is not in it. */
  insert(member: Member): void {
    this.#members.splice(this.#placeOf(member.handle), 0, member);
  }

  /**
   * Takes one out; where it had the turn, the next one gets it.
   *
   * @param member One that is in it.
   */
  remove(member: Member): void {
    if (this.#turn === member) this.advance();
    this.#members.splice(this.#placeOf(member.handle), 1);
  }

  /**
   * Takes one out that may be back soon; where it had the turn, it gets it again, or else whoever
   * follows it then.
   *
   * @param member One that is in it.
   */
  leave(member: Member): void {
    if (this.#turn === member) {
      this.#leftHandle = member.handle;
      this.#turn = undefined;
    }
    this.#members.splice(this.#placeOf(member.handle), 1);
  }

  /** Tells whose turn it is; undefined past the last one. */
  turn(): Member | undefined {
    if (this.#turn === undefined && this.#leftHandle !== 0) {
      this.#turn = this.#members[this.#placeOf(this.#leftHandle)];
    }
    this.#leftHandle = 0;
    return this.#turn;
  }

  /** Gives the turn to the first one. */
  rewind(): void {
    this.#turn = this.#members[0];
  }

  /** Gives the turn to the next one; past the last one nobody has it. */
  advance(): void {
    if (this.#turn === undefined) return;
    this.#turn = this.#members[this.#placeOf(this.#turn.handle) + 1];
  }

  /** Where a handle stands, or would stand. */
  #placeOf(handle: number): number {
    let from = 0;
    let to = this.#members.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const member = this.#members[middle];
      if (member !== undefined && member.handle < handle) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
