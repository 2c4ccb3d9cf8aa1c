import { isIPv6 } from 'node:net';

/** Wrong tokens that an address may send before it has to wait. */
const FREE = 60;
/** So long after its last wrong token an address is forgotten, ms. */
const FORGET_MS = 60_000;
const MOST_ADDRESSES = 1024;
const LONGEST_WAIT_SECONDS = 60;

/**
 * Counts wrong tokens by address. It slows down who guesses, and what guessing costs the monitor; who bears the right token is
 * let in all the same, since otherwise anybody behind the same address could lock out a producer.
 */
export class WrongTokens {
  readonly #now: () => number;
  /** The address heard of last is last. */
  readonly #known = new Map<string, { count: number; at: number }>();

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Counts a wrong token.
   * @returns seconds after which to try again, doubled with each; undefined while that may be at once
   */
  count(address: string): number | undefined {
    const now = this.#now();
    const key = networkOf(address);
    for (const [each, { at }] of this.#known) {
      if (now - at <= FORGET_MS && this.#known.size < MOST_ADDRESSES) break;
      this.#known.delete(each);
    }
    const count = (this.#known.get(key)?.count ?? 0) + 1;
    this.#known.delete(key);
    this.#known.set(key, { count, at: now });
    return count <= FREE ? undefined : Math.min(2 ** Math.min(count - FREE - 1, 30), LONGEST_WAIT_SECONDS);
  }
}

/** One machine has all addresses of an IPv6 network of 64 bits. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [head] = plain.split('::');
  return plain.includes('::') && head.split(':').length < 4
    ? `${head}::`
    : plain.split(':').slice(0, 4).join(':');
}
