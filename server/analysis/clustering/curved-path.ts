/** Steps of the arc-length sum. */
const STEPS = 256;

/**
 * A parabola through points, its axis from one centre to another, with arc lengths along it. Projected on a straight
 * line, the ends of a curved continuum would look like separate clusters.
 */
export class CurvedPath {
  readonly #unit: Float64Array;
  readonly #middle: Float64Array;
  readonly #d: number;
  /** Arc length from `from` on, at STEPS + 1 places `step` apart. */
  readonly #lengths = new Float64Array(STEPS + 1);
  #from = 0;
  #step = 0;

  /**
   * @param centres k × d; the path goes from centre a to centre b
   * @param points n × d, of which `members` determine the curvature
   */
  constructor(
    centres: Float64Array,
    d: number,
    a: number,
    b: number,
    points: Float32Array,
    members: readonly number[],
  ) {
    const way = Float64Array.from({ length: d }, (_, i) => centres[b * d + i] - centres[a * d + i]);
    const length = Math.hypot(...way);
    this.#d = d;
    this.#unit = way.map((value) => (length > 0 ? value / length : 0));
    this.#middle = way.map((value, i) => centres[a * d + i] + value / 2);
    const along = Float64Array.from(members, (p) => this.#along(points, p));
    const slopes = slopesOf(points, d, members, along, this.#unit);
    const last = along.reduce((most, t) => Math.max(most, t), 0);
    this.#from = along.reduce((least, t) => Math.min(least, t), 0);
    this.#step = (last - this.#from) / STEPS;
    for (let i = 1; i <= STEPS; i++) {
      const t = this.#from + (i - 0.5) * this.#step;
      let square = 1;
      for (const { b, c } of slopes) square += (b + 2 * c * t) ** 2;
      this.#lengths[i] = this.#lengths[i - 1] + this.#step * Math.sqrt(square);
    }
  }

  /** Arc length at which some points lie, ascending; points beyond an end count as the end. */
  positionsAlong(points: Float32Array, members: readonly number[]): Float64Array {
    return Float64Array.from(members, (p) => this.#lengthAt(this.#along(points, p))).sort();
  }

  #along(points: Float32Array, p: number): number {
    let sum = 0;
    for (let i = 0; i < this.#d; i++) sum += (points[p * this.#d + i] - this.#middle[i]) * this.#unit[i];
    return sum;
  }

  #lengthAt(t: number): number {
    if (!(this.#step > 0)) return 0;
    const at = Math.min(Math.max((t - this.#from) / this.#step, 0), STEPS);
    const below = Math.min(Math.floor(at), STEPS - 1);
    return this.#lengths[below] + (at - below) * (this.#lengths[below + 1] - this.#lengths[below]);
  }
}

/** Least-squares parabolas a + b·t + c·t² of the deviation of each coordinate from the straight line. */
function slopesOf(
  points: Float32Array,
  d: number,
  members: readonly number[],
  along: Float64Array,
  unit: Float64Array,
): { b: number; c: number }[] {
  const n = along.length;
  let mean = 0;
  for (const t of along) mean += t / n;
  let [second, third] = [0, 0];
  for (const t of along) {
    const square = (t - mean) * (t - mean);
    second += square / n;
    third += (square * (t - mean)) / n;
  }
  const bend = second > 0 ? third / second : 0;
  // Orthogonal on the points: 1, u and u² − bend·u − second, with u = t − mean.
  const quadratic = along.map((t) => (t - mean) * (t - mean - bend) - second);
  let norm = 0;
  for (const value of quadratic) norm += value * value;
  return Array.from({ length: d }, (_, i) => {
    let [linear, square] = [0, 0];
    for (let m = 0; m < n; m++) {
      const beside = points[members[m] * d + i] - unit[i] * along[m];
      linear += beside * (along[m] - mean);
      square += beside * quadratic[m];
    }
    const c = norm > 0 ? square / norm : 0;
    const slope = second > 0 ? linear / (n * second) : 0;
    return { b: slope - c * (2 * mean + bend), c };
  });
}
