import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { energyOf } from '../../../protocol/index.ts';
import { parseMsa } from '../../../server/formats/text/msa.ts';
import { EDGE_SHAPES, type EdgeShape, edgeShapeAt } from '../../../server/microscope/fine-structure.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';

const SILICON = 'silicon-and-carbon-edges/FeCr_low-loss__Si-plasmon+Si-L23.msa';
const CARBON = 'silicon-and-carbon-edges/EELS_C_K-edge.msa';
const SILICA = 'eelsdb/a_SiO2_Si_L3_S_Schamm_63__Dspec.56658.1.msa';
const SILICA_AGAIN = 'eelsdb/a_SiO2_Si_L3_S_Schamm_64__Dspec.56469.1.msa';
const CARBIDE = 'eelsdb/B4C_C_K_Otmane_Abidate_42__Dspec.36618.1.msa';
const OXYGEN = 'eelsdb/APL_article_interface_oxygen2__APL_article_interface_oxygen2.msa';

interface Measured {
  energy: number[];
  counts: number[];
}

function measured(path: string, offset = 0): Measured {
  const { energy, values } = parseMsa(readFileSync(measuredData(path) as string, 'latin1'), path);
  return { energy: Array.from(values, (_, i) => energyOf(energy, i) + offset), counts: [...values] };
}

/** Counts less the power law through a window before the edge (least squares of the logarithms). */
function net({ energy, counts }: Measured, [from, to]: [number, number]): Measured {
  const points = energy
    .map((e, i) => [Math.log(e), Math.log(counts[i])] as const)
    .filter((_, i) => energy[i] > from && energy[i] < to);
  const mean = (k: 0 | 1) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const slope =
    points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) /
    points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return {
    energy,
    counts: counts.map((count, i) => count - Math.exp(my + slope * (Math.log(Math.max(energy[i], 1)) - mx))),
  };
}

const inside = ({ energy, counts }: Measured, [from, to]: [number, number]): Measured => ({
  energy: energy.filter((e) => e > from && e < to),
  counts: counts.filter((_, i) => energy[i] > from && energy[i] < to),
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const covariance = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  return covariance(a, ma, b, mb) / Math.sqrt(covariance(a, ma, a, ma) * covariance(b, mb, b, mb));
}

const likeness = (shape: EdgeShape, { energy, counts }: Measured): number =>
  correlation(
    energy.map((e) => edgeShapeAt(shape, e)),
    counts,
  );

describeMeasured('edge shapes', [SILICON, CARBON, SILICA, SILICA_AGAIN, CARBIDE, OXYGEN], () => {
  it('are those of the measured spectra they were fitted to', () => {
    const cases: [EdgeShape, Measured][] = [
      [EDGE_SHAPES['Si-L of SiO2'], inside(measured(SILICA), [98, 172])],
      [EDGE_SHAPES['C-K of a-C'], inside(net(measured(CARBON), [240, 279]), [278, 336])],
      [EDGE_SHAPES['C-K of SiC'], inside(net(measured(CARBIDE), [268.5, 280.5]), [278, 366])],
      [EDGE_SHAPES['O-K of SiO2'], inside(measured(OXYGEN), [534, 560])],
    ];
    for (const [shape, spectrum] of cases) expect(likeness(shape, spectrum)).toBeGreaterThan(0.98);
  });

  it('gives silicon its measured edge once scattered like it', () => {
    const spectrum = measured(SILICON);
    const dispersion = spectrum.energy[1] - spectrum.energy[0];
    const zero = spectrum.counts.indexOf(Math.max(...spectrum.counts));
    const kernel = spectrum.counts.slice(zero, zero + Math.round(75 / dispersion));
    // Half of the zero-loss peak lies below its maximum.
    kernel[0] += spectrum.counts.slice(zero - Math.round(4 / dispersion), zero).reduce((a, b) => a + b);
    const single = spectrum.energy.map((e) => edgeShapeAt(EDGE_SHAPES['Si-L of Si'], e));
    const { energy, counts } = inside(net(spectrum, [82, 98]), [94, 216]);
    const first = spectrum.energy.findIndex((e) => e > 94);
    const sampled = energy.map((_, i) => i).filter((i) => i % 8 === 0);
    const model = sampled.map((i) =>
      kernel.reduce((sum, value, k) => sum + value * (single[first + i - k] ?? 0), 0),
    );
    expect(
      correlation(
        model,
        sampled.map((i) => counts[i]),
      ),
    ).toBeGreaterThan(0.98);
  });

  it('of SiO2 holds for another measurement, whose axis needs 82 eV', () => {
    const other = inside(net(measured(SILICA_AGAIN, 82), [84, 104]), [100, 124]);
    const like = (shape: EdgeShape) => likeness(shape, other);
    expect(like(EDGE_SHAPES['Si-L of SiO2'])).toBeGreaterThan(0.8);
    expect(like(EDGE_SHAPES['Si-L of SiO2'])).toBeGreaterThan(like(EDGE_SHAPES['Si-L of Si']));
    expect(like(EDGE_SHAPES['Si-L of SiO2'])).toBeGreaterThan(like(EDGE_SHAPES['Si-L of SiC']));
  });
});
