import { describe, expect, it } from 'vitest';
import { regionSizes } from '../../../../server/analysis/phases/label-regions.ts';
import { phaseMap } from '../../../../server/analysis/phases/phase-map.ts';
import { phaseTable } from '../../../../server/analysis/phases/phase-table.ts';
import type { PhaseEdge } from '../../../../server/analysis/phases/pixel-phases.ts';

function edge(
  name: string,
  names: Record<number, string>,
  labels: number[],
  intensity: number[] = labels.map(() => 1),
  uncertainty: number[] = labels.map(() => 0),
): PhaseEdge {
  return {
    name,
    names: new Map(Object.entries(names).map(([label, phase]) => [Number(label), phase])),
    labels: Int16Array.from(labels),
    intensity: Float32Array.from(intensity),
    uncertainty: Float32Array.from(uncertainty),
  };
}

/** Names of the phases of all pixels. */
function namesAt(edges: PhaseEdge[]): (string | number)[] {
  const { map, phases } = phaseMap(edges);
  return Array.from(map, (phase) => phases[phase]?.name ?? phase);
}

describe('the phase map', () => {
  it('makes classes of one name one phase, and keeps what is absent and not measured apart', () => {
    const silicon = edge('Si-L', { 0: 'Si', 1: 'SiO2', 2: 'Si', 3: 'Si' }, [0, 1, 2, 3, -1, -2]);
    expect(namesAt([silicon])).toEqual(['Si', 'SiO2', 'Si', 'Si', -1, -2]);
    const { phases, map } = phaseMap([silicon]);
    expect([...map]).toEqual([0, 1, 0, 0, -1, -2]);
    expect([...(phases[0].labels.get(0) ?? [])]).toEqual([0, 2, 3]);
  });

  it('gives a pixel in which phases overlap to the one of which there is most', () => {
    // A full column of silicon is 100 counts, one of carbon 50: 60 of 100 is more than 20 of 50, and 10 less than 40.
    const silicon = edge('Si-L', { 0: 'Si' }, [0, 0, 0, 0, -1, -1, -1], [100, 100, 60, 10, 0, 0, 0]);
    const carbon = edge('C-K', { 0: 'a-C' }, [-1, -1, 0, 0, 0, 0, 0], [0, 0, 20, 40, 50, 50, 50]);
    expect(namesAt([silicon, carbon])).toEqual(['Si', 'Si', 'Si', 'a-C', 'a-C', 'a-C', 'a-C']);
  });

  it('gives a pixel of a mixture to the part that another edge names, where that is half of the column, else to the other', () => {
    const silicon = edge('Si-L', { 0: 'SiC' }, [0, 0, 0, 0, 0, 0], [100, 100, 100, 100, 60, 40]);
    const carbon = edge('C-K', { 0: 'SiC + a-C' }, [0, 0, 0, 0, 0, 0], [50, 50, 50, 50, 50, 50]);
    expect(namesAt([silicon, carbon]).slice(3)).toEqual(['SiC', 'SiC', 'a-C']);
  });

  it('tells the parts of a mixture by an element that one of them has alone', () => {
    // A column of SiO2 gives 40 counts of oxygen, whatever thin oxide elsewhere gives; one of the mixture 100 of silicon.
    const labels = [0, 0, 0, 1, 1, 1, 2, 2, 2];
    const silicon = edge(
      'Si-L',
      { 0: 'SiO2', 1: 'Si', 2: 'Si + SiO2' },
      labels,
      [60, 60, 60, 100, 100, 100, 100, 100, 50],
    );
    const oxygen = edge('O-K', {}, [0, 0, 0, 0, 0, 0, 0, 0, 0], [40, 40, 40, 2, 2, 2, 30, 10, 11]);
    expect(namesAt([silicon, oxygen])).toEqual([
      ...['SiO2', 'SiO2', 'SiO2', 'Si', 'Si', 'Si'],
      ...['SiO2', 'Si', 'SiO2'],
    ]);
  });

  it('weighs what is left of a mixture by the classes that are it alone', () => {
    // Carbon in the mixed class gives 10 counts, a fifth of a column of it: less than half a column of SiO2.
    const silicon = edge('Si-L', { 0: 'SiO2' }, [0, 0, 0, 0, 0, -1, -1], [100, 100, 100, 100, 50, 0, 0]);
    const carbon = edge(
      'C-K',
      { 0: 'a-C', 1: 'SiC + a-C' },
      [-1, -1, -1, -1, 1, 0, 0],
      [0, 0, 0, 0, 10, 50, 50],
    );
    expect(namesAt([silicon, carbon])[4]).toBe('SiO2');
  });

  it('makes one phase of several classes without a name, whatever the noise of a pixel', () => {
    const silicon = edge('Si-L', {}, [1, 1, 1, 1, 1, -1], [100, 90, 110, 95, 105, 0]);
    const oxygen = edge('O-K', {}, [0, 0, 0, 0, 0, -1], [10, 30, 80, 20, 60, 0]);
    expect(namesAt([silicon, oxygen])).toEqual([...Array(5).fill('Si-L phase B'), -1]);
  });

  it('numbers phases by name, mixtures among them, and those without one after them', () => {
    const silicon = edge('Si-L', { 0: 'SiO2', 2: 'Si', 3: 'SiO2 + Si' }, [4, 0, 1, 2, 3]);
    const { phases } = phaseMap([silicon, edge('O-K', {}, [-2, 0, -2, -2, -2])]);
    expect(phases.map(({ name }) => name)).toEqual([
      'Si',
      'Si + SiO2',
      'SiO2',
      'Si-L phase B',
      'Si-L phase E',
    ]);
  });

  it('does not depend on the numbers of the classes', () => {
    const labels = [0, 1, 2, 2, 1, 0, -1, 1];
    const counts = [5, 6, 7, 8, 9, 10, 0, 2];
    const carbon = edge('C-K', { 0: 'a-C' }, [0, 0, -1, 0, 0, -1, 0, 0], [1, 2, 0, 3, 9, 0, 4, 8]);
    const named = edge('Si-L', { 0: 'Si', 1: 'SiC', 2: 'SiO2' }, labels, counts);
    const turned = edge(
      'Si-L',
      { 2: 'Si', 0: 'SiC', 1: 'SiO2' },
      labels.map((label) => (label < 0 ? label : (label + 2) % 3)),
      counts,
    );
    expect(namesAt([turned, carbon])).toEqual(namesAt([named, carbon]));
  });

  it('has nothing to say without edges', () => {
    expect(phaseMap([])).toMatchObject({ map: new Int16Array(0), phases: [] });
  });
});

describe('the table of phases', () => {
  const shape = [3, 4] as const;
  const silicon = edge('Si-L', { 0: 'SiC', 1: 'Si' }, [0, 0, 1, 1, 0, 0, 1, 1, -1, -1, -2, 1], undefined, [
    0.1,
    0.5,
    0,
    0,
    0.2,
    0.3,
    0,
    0,
    0,
    0,
    Number.NaN,
    0,
  ]);
  const carbon = edge('C-K', { 0: 'SiC' }, [0, 0, -1, -1, 1, -1, -1, -1, -1, -1, -2, -1], undefined, [
    0.4,
    0.2,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    Number.NaN,
    0,
  ]);
  const table = phaseTable(phaseMap([silicon, carbon]), {
    shape,
    edges: ['Si-L', 'C-K'],
    thickness: Float32Array.from([0.5, 0.7, 1, 1, 0.5, Number.NaN, 1, 1, 0, 0, Number.NaN, 1]),
    pixelSizeNm: 2,
  });
  const [si, sic] = table.phases;

  it('counts pixels and shares of those that show an edge', () => {
    expect(table).toMatchObject({ pixels: 11, absent: 2 });
    expect(table.phases.map(({ name, count, fraction }) => [name, count, fraction])).toEqual([
      ['Si', 5, 5 / 9],
      ['SiC', 4, 4 / 9],
    ]);
  });

  it('takes the uncertainty of a fraction from the surest class that names the phase', () => {
    const doubts = [0.1, 0.2, 0.2, 0.3];
    const variance = doubts.reduce((sum, doubt) => sum + doubt * (1 - doubt), 0);
    expect(sic.fractionSigma).toBeCloseTo(Math.sqrt(variance) / 9, 6);
    expect(si.fractionSigma).toBe(0);
  });

  it('says which edges confirm it, how many of its pixels, and which classes it is made of', () => {
    expect(sic).toMatchObject({ edges: ['Si-L', 'C-K'], confirmed: 0.5, undecided: 0.25 });
    expect(sic.parts).toEqual([
      { edge: 'Si-L', labels: [0] },
      { edge: 'C-K', labels: [0] },
    ]);
    expect(si).toMatchObject({ edges: ['Si-L'], confirmed: 1, undecided: 0 });
  });

  it('gives mean thickness with its standard error over the pixels that have one', () => {
    const mean = (0.5 + 0.7 + 0.5) / 3;
    const squares = (0.5 - mean) ** 2 + (0.7 - mean) ** 2 + (0.5 - mean) ** 2;
    expect(sic.thickness).toBeCloseTo(mean, 6);
    expect(sic.thicknessSigma).toBeCloseTo(Math.sqrt(squares / 2 / 3), 6);
    const without = phaseTable(phaseMap([silicon, carbon]), { shape, edges: ['Si-L', 'C-K'] });
    expect(without.phases[0]).not.toHaveProperty('thickness');
    expect(without.phases[0]).not.toHaveProperty('medianSizeNm');
  });

  it('measures regions as circles of their area', () => {
    expect(sic).toMatchObject({ regions: 1 });
    expect(sic.medianSizePixels).toBeCloseTo(2 * Math.sqrt(4 / Math.PI), 9);
    expect(sic.medianSizeNm).toBeCloseTo(4 * Math.sqrt(4 / Math.PI), 9);
    // The pixel below joins the square of four.
    expect(si.medianSizePixels).toBeCloseTo(2 * Math.sqrt(5 / Math.PI), 9);
  });
});

describe('regions of a map', () => {
  it('touch at corners, and do not reach around the sides', () => {
    const labels = Int16Array.from([1, 0, 0, 1, 0, 1, 0, 0, -1, -2, 1, 0]);
    // Rows: 1 0 0 1 / 0 1 0 0 / . . 1 0
    expect([...regionSizes(labels, [3, 4])]).toEqual([
      [1, [3, 1]],
      [0, [6]],
    ]);
  });
});
