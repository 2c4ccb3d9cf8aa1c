import { EDGE_SHAPES, type EdgeShape, edgeShapeAt } from './fine-structure.ts';

/** Phases of the simulated specimen; an index into this list is a phase's number in the ground truth. */
export const PHASES = ['Si', 'SiO2', 'SiC', 'a-C'] as const;
export type Phase = (typeof PHASES)[number];

/** Atoms per nm³ and relative scattering strength of an element's edge in a phase. */
export interface PhaseEdge {
  /** Name in the built-in edge table. */
  edge: string;
  shape: EdgeShape;
  atomsPerNm3: number;
}

/** A peak of the loss function: Drude's form at `energy` with damping `width`, in eV; nothing below `gap`. */
export interface Plasmon {
  energy: number;
  width: number;
  gap: number;
  share: number;
}

/** How 200 keV electrons are scattered by a phase. */
export interface PhaseScattering {
  /** Mean free path of inelastic scattering, nm. */
  inelasticNm: number;
  /** Mean free path of elastic scattering past the spectrometer's aperture, nm: it takes electrons from all spectra. */
  elasticNm: number;
  plasmons: readonly Plasmon[];
  /** Tail of valence excitations below the edges: `at97` · (E/97 eV)^−exponent per incident electron, eV and nm. */
  background: { at97: number; exponent: number };
  edges: readonly PhaseEdge[];
  /** Σ atoms/nm³ · Z^1.7, the signal of the annular dark field. */
  massContrast: number;
}

const NUMBERS = { Si: 14, O: 8, C: 6 } as const;

/** Atoms per nm³ from the density: Si 2.33, a-SiO2 2.20, SiC 3.21, a-C 2.0 g/cm³. */
const SILICON = { Si: 50.0 };
const SILICA = { Si: 22.05, O: 44.1 };
const CARBIDE = { Si: 48.2, C: 48.2 };
const CARBON = { C: 100.3 };

const massContrast = (atoms: Partial<Record<keyof typeof NUMBERS, number>>): number =>
  Object.entries(atoms).reduce(
    (sum, [element, count]) => sum + count * NUMBERS[element as keyof typeof NUMBERS] ** 1.7,
    0,
  );

/**
 * Mean free paths: round figures of the size usual at 200 kV, chosen. Plasmons: usual literature values (silicon's 16.9 eV
 * also in the measured low loss); the weak 6 eV peak of a-C is the π plasmon.
 *
 * Background of silicon: measured (1.1e-3 per eV and t/λ at 97 eV, exponent 2.75, same spectrum as its edge). The others
 * are choices: about as strong per mean free path as silicon's, with exponents of the usual range (a-C near the measured
 * 2.0), such that the doses of scan.ts are met; the measured carbon film has a C-K edge about twice as high over its background.
 */
export const SCATTERING: Record<Phase, PhaseScattering> = {
  Si: {
    inelasticNm: 130,
    elasticNm: 700,
    plasmons: [{ energy: 16.9, width: 3.7, gap: 1.1, share: 1 }],
    background: { at97: 8.5e-6, exponent: 2.75 },
    edges: [{ edge: 'Si-L', shape: EDGE_SHAPES['Si-L of Si'], atomsPerNm3: SILICON.Si }],
    massContrast: massContrast(SILICON),
  },
  SiO2: {
    inelasticNm: 148,
    elasticNm: 900,
    plasmons: [{ energy: 22.5, width: 13, gap: 8.9, share: 1 }],
    background: { at97: 10e-6, exponent: 3.1 },
    edges: [
      { edge: 'Si-L', shape: EDGE_SHAPES['Si-L of SiO2'], atomsPerNm3: SILICA.Si },
      { edge: 'O-K', shape: EDGE_SHAPES['O-K of SiO2'], atomsPerNm3: SILICA.O },
    ],
    massContrast: massContrast(SILICA),
  },
  SiC: {
    inelasticNm: 112,
    elasticNm: 600,
    plasmons: [{ energy: 22.1, width: 5.5, gap: 3.0, share: 1 }],
    background: { at97: 11e-6, exponent: 2.9 },
    edges: [
      { edge: 'Si-L', shape: EDGE_SHAPES['Si-L of SiC'], atomsPerNm3: CARBIDE.Si },
      { edge: 'C-K', shape: EDGE_SHAPES['C-K of SiC'], atomsPerNm3: CARBIDE.C },
    ],
    massContrast: massContrast(CARBIDE),
  },
  'a-C': {
    inelasticNm: 125,
    elasticNm: 900,
    plasmons: [
      { energy: 24, width: 12, gap: 1, share: 0.95 },
      { energy: 6.2, width: 2.6, gap: 1, share: 0.05 },
    ],
    background: { at97: 8.8e-6, exponent: 2.2 },
    edges: [{ edge: 'C-K', shape: EDGE_SHAPES['C-K of a-C'], atomsPerNm3: CARBON.C }],
    massContrast: massContrast(CARBON),
  },
};

/**
 * Mean of dσ/dE in barn/eV per atom over a window in eV, for 200 keV and a collection angle of 30 mrad, from tabulated
 * photoabsorption (NIST): dσ/dE = 4πa₀²R²/(T E) · df/dE · ln(1 + β²/θ_E²) (Egerton, 3rd ed., section 3.6), printed by
 * test/oracle/fine_structure.py. Of Si-L, the measured silicon spectrum gives 1080, photoabsorption 1123.
 */
const STRENGTHS: Record<string, { barnPerEv: number; window: readonly [number, number] }> = {
  'Si-L': { barnPerEv: 1080, window: [102, 220] },
  'C-K': { barnPerEv: 81.7, window: [290, 340] },
  'O-K': { barnPerEv: 24.6, window: [540, 560] },
};

const NM2_PER_BARN = 1e-10;

/** Probability of an edge's loss per incident electron, eV and nm, as a function of energy in eV. */
export function edgeProbability({ edge, shape, atomsPerNm3 }: PhaseEdge): (energyEv: number) => number {
  const { barnPerEv, window } = STRENGTHS[edge];
  let sum = 0;
  const samples = 200;
  for (let i = 0; i < samples; i++)
    sum += edgeShapeAt(shape, window[0] + ((window[1] - window[0]) * (i + 0.5)) / samples);
  const scale = (barnPerEv * NM2_PER_BARN * atomsPerNm3 * samples) / sum;
  return (energyEv) => scale * edgeShapeAt(shape, energyEv);
}

/** Drude's loss function of a phase, not normalised: where single losses to the valence electrons lie. */
export function lossFunction(plasmons: readonly Plasmon[], energyEv: number): number {
  let value = 0;
  for (const { energy, width, gap, share } of plasmons) {
    if (energyEv <= gap) continue;
    const opening = 1 - Math.exp(-(((energyEv - gap) / 1.5) ** 2));
    const detuning = energyEv ** 2 - energy ** 2;
    // Drude's Im(−1/ε) integrates to π·energy/2, so that shares are shares of the intensity.
    value +=
      (((share * 2) / (Math.PI * energy)) * (opening * (energyEv * width * energy ** 2))) /
      (detuning ** 2 + (energyEv * width) ** 2);
  }
  return value;
}
