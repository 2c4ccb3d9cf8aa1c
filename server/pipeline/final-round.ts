/** Those that owe their final maps, and who waits for them. */
export class FinalRound<Member> {
  readonly #owing = new Set<Member>();
  /** Those that will never answer again. */
  readonly #gone = new Set<Member>();
  readonly #waiting: (() => void)[] = [];

  /** Asks everyone who is still there; resolves when all have answered. */
  async ask(members: Iterable<Member>, question: (member: Member) => void): Promise<void> {
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
  askAgain(member: Member, question: (member: Member) => void): void {
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

  /** A member has shown its final maps, or says that it cannot. */
  answered(member: Member): void {
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
