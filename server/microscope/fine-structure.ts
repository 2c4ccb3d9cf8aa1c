/**
 * Single-scattering shape of an ionisation edge, E in eV, step(u) = 1/(1 + e^−u):
 *
 *     f(E) = step((E − threshold)/0.3) · [height · step((E − continuum)/width) · (E/continuum)^−tail
 *            + Σ aₖ exp(−((E − cₖ)/sₖ)²/2)]
 *
 * The step with its power law is the hydrogenic continuum (delayed for L2,3 edges), the Gaussians are near-edge
 * peaks (sₖ ≲ 3 eV) and the extended wiggles. `fitted` rows come from test/oracle/fine_structure.py, which reads
 * the measured spectra, holds the tail to the atomic photoabsorption, and prints these figures.
 */
export interface EdgeShape {
  threshold: number;
  continuum: number;
  width: number;
  tail: number;
  height: number;
  /** [amplitude, centre eV, sigma eV] */
  peaks: readonly (readonly [number, number, number])[];
}

/**
 * Fitted to the measured Si-L2,3 edge of crystalline silicon (spliced low-loss and core-loss spectrum by M. Entrup,
 * HyperSpy test data, BSD-2; its file is named FeCr), with the plural scattering of its own low loss (t/λ 0.37) in
 * the model; correlation 0.9996.
 */
const SI_L_SILICON: EdgeShape = {
  threshold: 99.7,
  continuum: 124.1,
  width: 8.363,
  tail: 3.597,
  height: 2.569,
  peaks: [
    [0.2235, 100.99, 0.56],
    [0.0452, 102.37, 0.6],
    [-0.0261, 112.0, 1.98],
    [0.1237, 119.32, 2.61],
    [-0.4, 134.45, 16.11],
    [0.0464, 167.48, 3.0],
    [0.0766, 204.93, 60.0],
  ],
};

/** Fitted to Si-L2,3 of amorphous SiO2, EELS Data Base no. 63 by S. Schamm (ODbL); correlation 0.9986. */
const SI_L_SILICA: EdgeShape = {
  threshold: 104.6,
  continuum: 128.0,
  width: 8.758,
  tail: 3.597,
  height: 0.809,
  peaks: [
    [0.1513, 105.91, 0.64],
    [0.843, 108.2, 1.26],
    [0.1113, 111.27, 0.84],
    [0.3885, 114.76, 2.23],
    [0.2545, 127.46, 3.63],
    [0.2599, 133.77, 5.23],
    [0.0925, 158.92, 1.59],
    [0.0689, 193.55, 45.0],
  ],
};

/**
 * Literature values, not a fit: onset near 101 eV, main peak near 104 eV and a broad maximum near 115 eV as in
 * published Si-L2,3 spectra of SiC; widths, heights and continuum chosen between those of silicon and SiO2.
 */
const SI_L_CARBIDE: EdgeShape = {
  threshold: 100.9,
  continuum: 126,
  width: 6,
  tail: 3.597,
  height: 1.45,
  peaks: [
    [0.3, 102.3, 0.75],
    [0.55, 104.3, 1.15],
    [0.3, 107.9, 2.2],
    [0.55, 115.5, 4.2],
    [0.2, 131, 7],
    [0.15, 165, 14],
  ],
};

/**
 * Fitted to the measured C-K edge of an amorphous carbon film (M. Entrup, HyperSpy test data, BSD-2), its plural
 * scattering not taken out; correlation 0.9999.
 */
const C_K_AMORPHOUS: EdgeShape = {
  threshold: 282.6,
  continuum: 290.74,
  width: 1.75,
  tail: 3.782,
  height: 0.639,
  peaks: [
    [0.2, 284.64, 0.83],
    [0.254, 286.04, 1.45],
    [0.1773, 291.17, 1.62],
    [0.4042, 295.53, 5.74],
    [0.1398, 304.16, 3.72],
    [0.0201, 327.69, 4.24],
    [0.0258, 360.0, 45.0],
  ],
};

/**
 * Fitted to C-K of B4C, EELS Data Base no. 42 by O. Abidate (ODbL); correlation 0.9989. It stands in for SiC, of
 * which no measured C-K edge was at hand: carbide-like, without the π* peak of sp² carbon.
 */
const C_K_CARBIDE: EdgeShape = {
  threshold: 282.2,
  continuum: 293.0,
  width: 5.95,
  tail: 3.782,
  height: 0.8737,
  peaks: [
    [0.0774, 284.96, 0.59],
    [0.1116, 287.04, 1.31],
    [0.3661, 291.36, 2.72],
    [0.3678, 296.75, 3.77],
    [0.0999, 322.21, 5.56],
    [0.127, 350.0, 25.26],
  ],
};

/**
 * Fitted to O-K of an interface oxide, EELS Data Base entry "APL_article_interface_oxygen2" (ODbL); correlation
 * 0.9985. It stands in for SiO2: main peak near 540 eV, no pre-peak.
 */
const O_K_OXIDE: EdgeShape = {
  threshold: 534.0,
  continuum: 544.16,
  width: 4.332,
  tail: 3.828,
  height: 0.7245,
  peaks: [
    [0.6865, 540.35, 2.43],
    [0.2134, 543.25, 1.26],
    [0.2094, 547.56, 3.0],
    [0.0414, 559.15, 1.38],
  ],
};

export const EDGE_SHAPES = {
  'Si-L of Si': SI_L_SILICON,
  'Si-L of SiO2': SI_L_SILICA,
  'Si-L of SiC': SI_L_CARBIDE,
  'C-K of a-C': C_K_AMORPHOUS,
  'C-K of SiC': C_K_CARBIDE,
  'O-K of SiO2': O_K_OXIDE,
} as const;

const step = (u: number): number => 1 / (1 + Math.exp(-u));

/** f(E) as above; relative, cross-sections.ts gives the strength. Never negative. */
export function edgeShapeAt(shape: EdgeShape, energyEv: number): number {
  const gate = step((energyEv - shape.threshold) / 0.3);
  if (gate < 1e-9) return 0;
  const continuum =
    step((energyEv - shape.continuum) / shape.width) * (energyEv / shape.continuum) ** -shape.tail;
  let value = shape.height * continuum;
  for (const [amplitude, centre, sigma] of shape.peaks)
    value += amplitude * Math.exp(-0.5 * ((energyEv - centre) / sigma) ** 2);
  return Math.max(0, gate * value);
}
