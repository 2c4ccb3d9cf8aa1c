/**
 * Twin of `project`: two components side by side, channels one after the other.
 * @param row f32, one spectrum
 * @param mean f64 per channel
 * @param loadings pairs of components: for each channel the two values side by side
 * @param scores f32, two per pair
 */
export function project(
  row: usize,
  mean: usize,
  dimension: i32,
  loadings: usize,
  pairs: i32,
  scores: usize,
): void {
  for (let pair = 0; pair < pairs; pair++) {
    let score = f64x2.splat(0);
    for (let i = 0; i < dimension; i++) {
      const centred = <f64>load<f32>(row + ((<usize>i) << 2)) - load<f64>(mean + ((<usize>i) << 3));
      score = f64x2.add(score, f64x2.mul(f64x2.splat(centred), v128.load(loadings)));
      loadings += 16;
    }
    store<f32>(scores, <f32>f64x2.extract_lane(score, 0));
    store<f32>(scores, <f32>f64x2.extract_lane(score, 1), 4);
    scores += 8;
  }
}
