/**
 * Twins of the stages of `LaneFft`: eight sequences side by side, two of them in a vector.
 * @param re f64, length × 8, and `im` alike
 * @param cos f64 per k: the factor exp(−2πik/length), and `sin` alike
 */
const ROW: usize = 64;

function turned(re: v128, im: v128, cos: v128, sin: v128): v128 {
  return f64x2.sub(f64x2.mul(re, cos), f64x2.mul(im, sin));
}

function crossed(re: v128, im: v128, cos: v128, sin: v128): v128 {
  return f64x2.add(f64x2.mul(re, sin), f64x2.mul(im, cos));
}

/** The first two stages, whose second half is zero. */
export function firstStages(re: usize, im: usize, cos: usize, sin: usize, length: i32): void {
  const quarter = <usize>length >> 2;
  const step = quarter * ROW;
  for (let j: usize = 0; j < quarter; j++) {
    const c1 = v128.load64_splat(cos + 8 * j);
    const s1 = v128.load64_splat(sin + 8 * j);
    const c2 = v128.load64_splat(cos + 16 * j);
    const s2 = v128.load64_splat(sin + 16 * j);
    const c3 = v128.load64_splat(cos + 24 * j);
    const s3 = v128.load64_splat(sin + 24 * j);
    for (let p = j * ROW, end = p + ROW; p < end; p += 16) {
      const q = p + step;
      const r = q + step;
      const t = r + step;
      const aRe = v128.load(re + p);
      const aIm = v128.load(im + p);
      const bRe = v128.load(re + q);
      const bIm = v128.load(im + q);
      const cRe = f64x2.sub(aRe, bRe);
      const cIm = f64x2.sub(aIm, bIm);
      const dRe = f64x2.add(aRe, bIm);
      const dIm = f64x2.sub(aIm, bRe);
      const eRe = f64x2.sub(aRe, bIm);
      const eIm = f64x2.add(aIm, bRe);
      v128.store(re + p, f64x2.add(aRe, bRe));
      v128.store(im + p, f64x2.add(aIm, bIm));
      v128.store(re + q, turned(cRe, cIm, c2, s2));
      v128.store(im + q, crossed(cRe, cIm, c2, s2));
      v128.store(re + r, turned(dRe, dIm, c1, s1));
      v128.store(im + r, crossed(dRe, dIm, c1, s1));
      v128.store(re + t, turned(eRe, eIm, c3, s3));
      v128.store(im + t, crossed(eRe, eIm, c3, s3));
    }
  }
}

/** Stages of `half` and `half/2`, on four samples `half/2` apart. */
export function forwardStages(re: usize, im: usize, cos: usize, sin: usize, length: i32, half: i32): void {
  const quarter = <usize>half >> 1;
  const stride = <usize>length / (2 * <usize>half);
  const step = quarter * ROW;
  const end = <usize>length * ROW;
  const next = 2 * <usize>half * ROW;
  for (let j: usize = 0; j < quarter; j++) {
    const k = 8 * j * stride;
    const c1 = v128.load64_splat(cos + k);
    const s1 = v128.load64_splat(sin + k);
    const c2 = v128.load64_splat(cos + 2 * k);
    const s2 = v128.load64_splat(sin + 2 * k);
    const c3 = v128.load64_splat(cos + 3 * k);
    const s3 = v128.load64_splat(sin + 3 * k);
    for (let block = j * ROW; block < end; block += next)
      for (let p = block; p < block + ROW; p += 16) {
        const q = p + step;
        const r = q + step;
        const t = r + step;
        const pRe = v128.load(re + p);
        const pIm = v128.load(im + p);
        const qRe = v128.load(re + q);
        const qIm = v128.load(im + q);
        const rRe = v128.load(re + r);
        const rIm = v128.load(im + r);
        const tRe = v128.load(re + t);
        const tIm = v128.load(im + t);
        const aRe = f64x2.add(pRe, rRe);
        const aIm = f64x2.add(pIm, rIm);
        const bRe = f64x2.add(qRe, tRe);
        const bIm = f64x2.add(qIm, tIm);
        const dRe = f64x2.sub(pRe, rRe);
        const dIm = f64x2.sub(pIm, rIm);
        const eRe = f64x2.sub(qRe, tRe);
        const eIm = f64x2.sub(qIm, tIm);
        v128.store(re + p, f64x2.add(aRe, bRe));
        v128.store(im + p, f64x2.add(aIm, bIm));
        const fRe = f64x2.sub(aRe, bRe);
        const fIm = f64x2.sub(aIm, bIm);
        const gRe = f64x2.add(dRe, eIm);
        const gIm = f64x2.sub(dIm, eRe);
        const hRe = f64x2.sub(dRe, eIm);
        const hIm = f64x2.add(dIm, eRe);
        if (j === 0) {
          v128.store(re + q, fRe);
          v128.store(im + q, fIm);
          v128.store(re + r, gRe);
          v128.store(im + r, gIm);
          v128.store(re + t, hRe);
          v128.store(im + t, hIm);
        } else {
          v128.store(re + q, turned(fRe, fIm, c2, s2));
          v128.store(im + q, crossed(fRe, fIm, c2, s2));
          v128.store(re + r, turned(gRe, gIm, c1, s1));
          v128.store(im + r, crossed(gRe, gIm, c1, s1));
          v128.store(re + t, turned(hRe, hIm, c3, s3));
          v128.store(im + t, crossed(hRe, hIm, c3, s3));
        }
      }
  }
}

/** Stages of `half/2` and `half` of the inverse transform. */
export function backwardStages(re: usize, im: usize, cos: usize, sin: usize, length: i32, half: i32): void {
  const quarter = <usize>half >> 1;
  const stride = <usize>length / (2 * <usize>half);
  const step = quarter * ROW;
  const end = <usize>length * ROW;
  const next = 2 * <usize>half * ROW;
  for (let j: usize = 0; j < quarter; j++) {
    const k = 8 * j * stride;
    const c1 = v128.load64_splat(cos + k);
    const s1 = v128.load64_splat(sin + k);
    const c2 = v128.load64_splat(cos + 2 * k);
    const s2 = v128.load64_splat(sin + 2 * k);
    const c3 = v128.load64_splat(cos + 3 * k);
    const s3 = v128.load64_splat(sin + 3 * k);
    for (let block = j * ROW; block < end; block += next)
      for (let p = block; p < block + ROW; p += 16) {
        const q = p + step;
        const r = q + step;
        const t = r + step;
        const qRe = crossed(v128.load(im + q), v128.load(re + q), c2, s2);
        const qIm = turned(v128.load(im + q), v128.load(re + q), c2, s2);
        const rRe = crossed(v128.load(im + r), v128.load(re + r), c1, s1);
        const rIm = turned(v128.load(im + r), v128.load(re + r), c1, s1);
        const tRe = crossed(v128.load(im + t), v128.load(re + t), c3, s3);
        const tIm = turned(v128.load(im + t), v128.load(re + t), c3, s3);
        const pRe = v128.load(re + p);
        const pIm = v128.load(im + p);
        const aRe = f64x2.add(pRe, qRe);
        const aIm = f64x2.add(pIm, qIm);
        const bRe = f64x2.sub(pRe, qRe);
        const bIm = f64x2.sub(pIm, qIm);
        const cRe = f64x2.add(rRe, tRe);
        const cIm = f64x2.add(rIm, tIm);
        const dRe = f64x2.sub(rRe, tRe);
        const dIm = f64x2.sub(rIm, tIm);
        v128.store(re + p, f64x2.add(aRe, cRe));
        v128.store(im + p, f64x2.add(aIm, cIm));
        v128.store(re + q, f64x2.sub(bRe, dIm));
        v128.store(im + q, f64x2.add(bIm, dRe));
        v128.store(re + r, f64x2.sub(aRe, cRe));
        v128.store(im + r, f64x2.sub(aIm, cIm));
        v128.store(re + t, f64x2.add(bRe, dIm));
        v128.store(im + t, f64x2.sub(bIm, dRe));
      }
  }
}

/** Sum and difference of neighbours. */
export function plainStage(re: usize, im: usize, length: i32): void {
  for (let p: usize = 0; p < <usize>length * ROW; p += 2 * ROW)
    for (let o = p; o < p + ROW; o += 16) {
      const re0 = v128.load(re + o);
      const im0 = v128.load(im + o);
      const re1 = v128.load(re + o + ROW);
      const im1 = v128.load(im + o + ROW);
      v128.store(re + o, f64x2.add(re0, re1));
      v128.store(im + o, f64x2.add(im0, im1));
      v128.store(re + o + ROW, f64x2.sub(re0, re1));
      v128.store(im + o + ROW, f64x2.sub(im0, im1));
    }
}
