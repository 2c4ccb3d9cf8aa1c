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
 * the model; correlation 0.9995.
 */
const SI_L_SILICON: EdgeShape = {
  threshold: 99.7,
  continuum: 126,
  width: 4.246,
  tail: 3.597,
  height: 1.8775,
  peaks: [
    [0.382, 100.89, 0.94],
    [0.1085, 103.1, 0.79],
    [0.3843, 107.84, 4.31],
    [0.5717, 118.55, 4.6],
    [-0.1944, 136.0, 6.22],
    [0.2272, 170.0, 13.12],
    [0.1819, 202.31, 13.68],
  ],
};

/** Fitted to Si-L2,3 of amorphous SiO2, EELS Data Base no. 63 by S. Schamm (ODbL); correlation 0.9982. */
const SI_L_SILICA: EdgeShape = {
  threshold: 104.6,
  continuum: 128,
  width: 9.15,
  tail: 3.597,
  height: 0.8594,
  peaks: [
    [0.1436, 105.94, 0.62],
    [0.8287, 108.2, 1.25],
    [0.1135, 111.28, 0.86],
    [0.3715, 114.78, 2.14],
    [0.2424, 127.47, 3.44],
    [0.2608, 133.63, 5.08],
    [0.0928, 158.97, 1.62],
    [0.0456, 200.0, 45.0],
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
 * scattering not taken out; correlation 0.9996.
 */
const C_K_AMORPHOUS: EdgeShape = {
  threshold: 282.6,
  continuum: 298,
  width: 7.406,
  tail: 3.782,
  height: 0.7708,
  peaks: [
    [0.2317, 284.7, 0.77],
    [0.2366, 286.28, 1.25],
    [0.2947, 291.25, 1.96],
    [0.5396, 295.0, 3.7],
    [0.3911, 302.18, 4.5],
    [-0.1117, 330.96, 24.0],
    [0.0324, 360.0, 27.24],
  ],
};

/**
 * Fitted to C-K of B4C, EELS Data Base no. 42 by O. Abidate (ODbL); correlation 0.9990. It stands in for SiC, of
 * which no measured C-K edge was at hand: carbide-like, without the π* peak of sp² carbon.
 */
const C_K_CARBIDE: EdgeShape = {
  threshold: 282.2,
  continuum: 286.5,
  width: 1.819,
  tail: 3.782,
  height: 0.8873,
  peaks: [
    [0.0636, 284.75, 0.64],
    [-0.0966, 288.96, 1.56],
    [0.1765, 293.89, 3.35],
    [0.0988, 298.88, 2.47],
    [0.1291, 322.06, 6.11],
    [0.1632, 350.0, 22.55],
  ],
};

/**
 * Fitted to O-K of an interface oxide, EELS Data Base entry "APL_article_interface_oxygen2" (ODbL); correlation
 * 0.9985. It stands in for SiO2: main peak near 540 eV, no pre-peak.
 */
const O_K_OXIDE: EdgeShape = {
  threshold: 534,
  continuum: 546,
  width: 5.452,
  tail: 3.828,
  height: 0.7816,
  peaks: [
    [0.6422, 540.01, 2.2],
    [0.3321, 543.08, 1.48],
    [0.2561, 547.56, 3.16],
    [0.0286, 561.07, 2.03],
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
