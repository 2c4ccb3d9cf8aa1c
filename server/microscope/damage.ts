import { PHASES, SCATTERING } from './cross-sections.ts';

const SI = PHASES.indexOf('Si');
const SIO2 = PHASES.indexOf('SiO2');

/** nm of silicon that hold the silicon of 1 nm of SiO2. */
const SILICON_LEFT =
  SCATTERING.SiO2.edges[0].atomsPerNm3 /
  SCATTERING.Si.edges.filter(({ edge }) => edge === 'Si-L')[0].atomsPerNm3;

/**
 * Beam damage, in place: SiO2 loses its oxygen and leaves its silicon. Each dwell reduces the same share of what is left.
 * @param thicknessNm projected thickness, pixel after pixel in the order of PHASES
 * @param share of the SiO2 that one dwell reduces, 0 to 1
 * @param exposure dwells that a pixel has had
 */
export function damageSpecimen(
  thicknessNm: Float32Array,
  share: number,
  exposure: (pixel: number) => number,
): void {
  for (let pixel = 0; pixel * PHASES.length < thicknessNm.length; pixel++) {
    const at = pixel * PHASES.length;
    const lost = thicknessNm[at + SIO2] * (1 - (1 - share) ** exposure(pixel));
    thicknessNm[at + SIO2] -= lost;
    thicknessNm[at + SI] += lost * SILICON_LEFT;
  }
}
