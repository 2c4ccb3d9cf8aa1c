/** Values a colormap's ends stand for; equal ones are of a map whose values are all the same. */
export type Domain = readonly [number, number];

/** Limits lie on round numbers, about this many of them between low and high. */
const STEPS = 20;
/** Net counts within this many standard deviations of 0 are not told from noise. */
const NOISE_SIGMAS = 3;
/** More pixels than this do not make an estimate of the noise better. */
const NOISE_PIXELS = 4096;

/** What the limits of a map depend on besides its values. */
export interface DomainRule {
  /** Set limits, or 0 in the middle; by default the range of the values. */
  limits?: Domain | 'centred' | undefined;
  /** Standard deviation of the values of a map of net counts: its limits span ±3 of it at least. */
  sigma?: number | undefined;
}

/**
 * Limits of a map's colours: a function of its values alone, so that equal data are drawn alike whatever came before; rounded outwards
 * so that a map that grows does not flicker. Undefined when nothing is measured.
 */
export function mapDomain(values: ArrayLike<number>, { limits, sigma }: DomainRule = {}): Domain | undefined {
  if (limits !== undefined && limits !== 'centred') return limits;
  const range = percentileDomain(values);
  if (range === undefined) return undefined;
  if (limits === 'centred') return centredDomain(range);
  if (sigma === undefined) return rounded(range);
  const floor = NOISE_SIGMAS * sigma;
  return rounded([Math.min(range[0], -floor), Math.max(range[1], floor)]);
}

/**
 * 1st to 99th percentile of the measured values (NaN is not measured), so that one dead pixel does not set the range; from least to
 * greatest where the two are the same. Undefined when nothing is measured.
 */
export function percentileDomain(values: ArrayLike<number>, low = 0.01, high = 0.99): Domain | undefined {
  const sorted = Float32Array.from(values).filter(Number.isFinite).sort();
  if (sorted.length === 0) return undefined;
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return at(high) > at(low) ? [at(low), at(high)] : [sorted[0], sorted[sorted.length - 1]];
}

/** [−m, m] over both limits: 0 is the colormap's centre. */
function centredDomain(domain: Domain): Domain {
  const [, extent] = rounded([0, Math.max(Math.abs(domain[0]), Math.abs(domain[1]))]);
  return [-extent || 0, extent];
}

/** Outwards to multiples of 1, 2 or 5 × a power of ten. */
function rounded([low, high]: Domain): Domain {
  const wanted = (high - low) / STEPS;
  if (!(wanted > 0)) return [low, high];
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= wanted) ?? 10);
  // A limit that is a multiple already must not be moved by rounding errors.
  const places = Math.max(0, -Math.floor(Math.log10(step)));
  const at = (count: number) => Number((count * step).toFixed(Math.min(places, 100)));
  return [at(Math.floor(low / step + 1e-9)), at(Math.ceil(high / step - 1e-9))];
}

/**
 * Standard deviation of net counts: the median over pixels of net counts by their signal to noise. Undefined where neither is known.
 * @param snr signal to noise of the same pixels
 */
export function netSigma(net: ArrayLike<number>, snr: ArrayLike<number>): number | undefined {
  const stride = Math.max(1, Math.floor(net.length / NOISE_PIXELS));
  const sigmas: number[] = [];
  for (let i = 0; i < net.length; i += stride) {
    const sigma = net[i] / snr[i];
    if (Number.isFinite(sigma) && sigma > 0) sigmas.push(sigma);
  }
  return sigmas.sort((a, b) => a - b)[sigmas.length >> 1];
}
