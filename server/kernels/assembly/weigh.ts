import { exponential } from './exponential';

const ROUNDS = 40;

/**
 * Twin of `placementWeights`, operation by operation.
 * @param pairs pairs of distances; where their number is odd, 1e300 stands behind the last
 * @param distances f64, ascending
 * @param weights f64, written
 */
export function weigh(
  pairs: i32,
  distances: usize,
  weights: usize,
  start: f64,
  steepest: f64,
  target: f64,
  tolerance: f64,
): void {
  let steepness = start;
  for (let round = 0; round < ROUNDS; round++) {
    let sum = f64x2.splat(0);
    let slope = f64x2.splat(0);
    const negative = f64x2.splat(-steepness);
    for (let i = 0; i < pairs; i++) {
      const distance = v128.load(distances + ((<usize>i) << 4));
      const value = exponential(f64x2.mul(distance, negative));
      sum = f64x2.add(sum, value);
      slope = f64x2.add(slope, f64x2.mul(distance, value));
    }
    const excess = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) - target;
    if (excess <= tolerance) break;
    steepness += excess / (f64x2.extract_lane(slope, 0) + f64x2.extract_lane(slope, 1));
    if (steepness >= steepest) {
      steepness = steepest;
      break;
    }
  }
  let sum = f64x2.splat(0);
  const negative = f64x2.splat(-steepness);
  const nearest = f64x2.splat(load<f64>(distances));
  for (let i = 0; i < pairs; i++) {
    const beyond = f64x2.sub(v128.load(distances + ((<usize>i) << 4)), nearest);
    const value = exponential(f64x2.mul(beyond, negative));
    v128.store(weights + ((<usize>i) << 4), value);
    sum = f64x2.add(sum, value);
  }
  const total = f64x2.splat(f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
  for (let i = 0; i < pairs; i++) {
    const at = weights + ((<usize>i) << 4);
    v128.store(at, f64x2.div(v128.load(at), total));
  }
}
