import { contingency, mutualInformation } from './information.ts';

export interface ConditionalInformation {
  /** Σ_t (n_t/N)·I_t over thirds of the pixels by thickness, nats. */
  mi: number;
  /** Σ_t (rows − 1)·(columns − 1) of the thirds' tables. */
  freedom: number;
  /** Information of the same pixels without regard to thickness, nats. */
  unconditional: number;
  pixels: number;
}

/** Least share of the pixels with a known thickness: the others may differ. */
const LEAST_SHARE = 0.9;

/**
 * Mutual information that is left within thirds of equal thickness: a relation that vanishes there is caused by varying
 * thickness. Undefined where too few pixels have a thickness or it is the same everywhere.
 * @param thickness t/λ by pixel, NaN where unknown
 */
export function conditionalInformation(
  a: Int16Array,
  b: Int16Array,
  thickness: Float32Array,
): ConditionalInformation | undefined {
  const both = (i: number) => a[i] >= -1 && b[i] >= -1;
  let measured = 0;
  const known: number[] = [];
  for (let i = 0; i < a.length; i++) {
    if (!both(i)) continue;
    measured++;
    if (Number.isFinite(thickness[i])) known.push(thickness[i]);
  }
  if (known.length === 0 || known.length < LEAST_SHARE * measured) return undefined;
  const sorted = Float32Array.from(known).sort();
  const [low, high] = [sorted[Math.floor(sorted.length / 3)], sorted[Math.floor((2 * sorted.length) / 3)]];
  if (sorted[0] === sorted[sorted.length - 1]) return undefined;
  const third = (i: number): number => {
    if (!Number.isFinite(thickness[i])) return -1;
    return thickness[i] < low ? 0 : thickness[i] < high ? 1 : 2;
  };
  const thirds = Int8Array.from(a, (_, i) => (both(i) ? third(i) : -1));
  const tableOf = (keep: (third: number) => boolean) =>
    contingency(
      a.map((label, i) => (keep(thirds[i]) ? label : -2)),
      b,
    );
  let [mi, freedom] = [0, 0];
  for (const wanted of [0, 1, 2]) {
    const table = tableOf((found) => found === wanted);
    if (table.pixels === 0) continue;
    mi += (table.pixels / known.length) * mutualInformation(table).mi;
    freedom += (table.rows.length - 1) * (table.columns.length - 1);
  }
  const unconditional = mutualInformation(tableOf((found) => found >= 0)).mi;
  return { mi, freedom, unconditional, pixels: known.length };
}
