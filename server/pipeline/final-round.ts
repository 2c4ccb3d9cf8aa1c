/** Collects the answers of all members that were requested final maps. */
export class FinalRound<Member> {
  readonly #pending = new Set<Member>();
  /** Members that will not answer any more. */
  readonly #gone = new Set<Member>();
  /** Members whose final maps failed in this round. */
  readonly #failed = new Set<Member>();
  readonly #waiting: (() => void)[] = [];

  /** Starts a round; failures of earlier rounds are dropped. */
  begin(): void {
    this.#failed.clear();
  }

  /** Whether no member failed. */
  get succeeds(): boolean {
    return this.#failed.size === 0 && this.#gone.size === 0;
  }

  /** Asks all remaining members; resolves when all have answered. */
  async ask<M extends Member>(members: Iterable<M>, question: (member: M) => void): Promise<void> {
    for (const member of members) {
      if (this.#gone.has(member)) continue;
      this.#pending.add(member);
      question(member);
    }
    if (this.#pending.size > 0)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
  }

  /** Asks a member, which may have answered already, once more within the round. */
  askAgain<M extends Member>(member: M, question: (member: M) => void): void {
    if (this.#gone.has(member)) return;
    this.#pending.add(member);
    question(member);
  }

  get isOpen(): boolean {
    return this.#pending.size > 0;
  }

  isPending(member: Member): boolean {
    return this.#pending.has(member);
  }

  /** A member has shown its final maps, or cannot make them. */
  answered(member: Member, succeeded = true): void {
    if (succeeded) this.#failed.delete(member);
    else this.#failed.add(member);
    this.#pending.delete(member);
    if (this.#pending.size === 0) this.release();
  }

  ended(member: Member): void {
    this.#gone.add(member);
    this.answered(member);
  }

  /** Resolves all waiting calls. */
  release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
