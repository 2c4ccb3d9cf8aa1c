/** Those that owe their final maps, and who waits for them. */
export class FinalRound<Member> {
  readonly #owing = new Set<Member>();
  /** Those that will never answer again. */
  readonly #gone = new Set<Member>();
  /** Those whose final maps cannot be made, in this round. */
  readonly #failed = new Set<Member>();
  readonly #waiting: (() => void)[] = [];

  /** What failed in a round before, which the scan has outlived, is forgotten. */
  begin(): void {
    this.#failed.clear();
  }

  /** Whether nobody has failed. */
  get succeeds(): boolean {
    return this.#failed.size === 0 && this.#gone.size === 0;
  }

  /** Asks everyone who is still there; resolves when all have answered. */
  async ask<M extends Member>(members: Iterable<M>, question: (member: M) => void): Promise<void> {
    for (const member of members) {
      if (this.#gone.has(member)) continue;
      this.#owing.add(member);
      question(member);
    }
    if (this.#owing.size > 0)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
  }

  /** Asks a member, which may have answered already, once more within the round. */
  askAgain<M extends Member>(member: M, question: (member: M) => void): void {
    if (this.#gone.has(member)) return;
    this.#owing.add(member);
    question(member);
  }

  get isOpen(): boolean {
    return this.#owing.size > 0;
  }

  owes(member: Member): boolean {
    return this.#owing.has(member);
  }

  /** A member has shown its final maps, or says that it cannot make them. */
  answered(member: Member, succeeded = true): void {
    if (succeeded) this.#failed.delete(member);
    else this.#failed.add(member);
    this.#owing.delete(member);
    if (this.#owing.size === 0) this.release();
  }

  ended(member: Member): void {
    this.#gone.add(member);
    this.answered(member);
  }

  /** Nobody waits any longer. */
  release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
