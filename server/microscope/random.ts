/**
 * Random numbers that depend on (seed, index, purpose, round) alone: every pixel owns its streams, so that pixels can
 * be generated in any order, on any thread, and again. The generator is sfc32 (Doty-Humphrey, PractRand), whose
 * 128-bit state is filled by hashing the four words.
 */
export class RandomStream {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  constructor(seed: number, index = 0, purpose = 0, round = 0) {
    this.reset(seed, index, purpose, round);
  }

  /** Begins another stream; a stream is reused rather than created for every pixel. */
  reset(seed: number, index = 0, purpose = 0, round = 0): this {
    let hash = scramble(0x9e3779b9 ^ seed);
    hash = scramble(hash ^ index);
    this.#a = hash;
    hash = scramble(hash ^ Math.imul(purpose + 1, 0x85ebca6b));
    this.#b = hash;
    hash = scramble(hash ^ Math.imul(round + 1, 0xc2b2ae35));
    this.#c = hash ^ index;
    this.#counter = 1;
    for (let i = 0; i < 12; i++) this.bits();
    return this;
  }

  /** 32 random bits as an unsigned integer. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in (0, 1), both ends excluded. */
  uniform(): number {
    return (this.bits() + 0.5) * 2.3283064365386963e-10;
  }

  /** Uniform in (low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Standard normal deviate (Box and Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** Finaliser of MurmurHash3: every input bit changes every output bit with probability near one half. */
function scramble(word: number): number {
  let hash = word | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) + 0x6d2b79f5;
}
