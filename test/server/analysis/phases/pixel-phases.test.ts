import { describe, expect, it } from 'vitest';
import { elementOfEdge, elementsOfName } from '../../../../server/analysis/phases/phase-elements.ts';
import { neutralName, PixelPhases } from '../../../../server/analysis/phases/pixel-phases.ts';

/** Si-L: 0 SiC, 1 Si, 2 SiO2, 3 Si + SiO2, 4 SiC + SiO2, 5 unnamed; C-K: 0 SiC, 1 a-C, 2 unnamed; O-K: 0 unnamed. */
const phases = new PixelPhases([
  {
    name: 'Si-L',
    names: new Map([
      [0, 'SiC'],
      [1, 'Si'],
      [2, 'SiO2'],
      [3, 'SiO2 + Si'],
      [4, 'SiC + SiO2'],
    ]),
  },
  {
    name: 'C-K',
    names: new Map([
      [0, 'SiC'],
      [1, 'a-C'],
    ]),
  },
  { name: 'O-K', names: new Map() },
]);
const said = (...labels: number[]) =>
  phases.candidates(labels).map(({ phase, standing, by }) => [phase, standing, by.map(({ edge }) => edge)]);

describe('the phases that the classes of a pixel may be', () => {
  it('are confirmed where every edge of their elements names them', () => {
    expect(said(0, 0, -1)).toEqual([['SiC', 'confirmed', [0, 1]]]);
    expect(said(1, -1, -1)).toEqual([['Si', 'confirmed', [0]]]);
    expect(said(-1, 1, -1)).toEqual([['a-C', 'confirmed', [1]]]);
  });

  it('are undecided where an edge of their elements has a class without a name, or no model', () => {
    expect(said(0, 2, -1)).toEqual([['SiC', 'undecided', [0]]]);
    expect(said(0, -2, -1)).toEqual([['SiC', 'undecided', [0]]]);
    expect(said(5, 0, -1)).toEqual([['SiC', 'undecided', [1]]]);
    expect(said(2, -1, 0)).toEqual([['SiO2', 'undecided', [0]]]);
  });

  it('are contradicted where an edge of their elements names another, or is absent', () => {
    expect(said(0, 1, -1)).toEqual([
      ['SiC', 'contradicted', [0]],
      ['a-C', 'confirmed', [1]],
    ]);
    expect(said(2, -1, -1)).toEqual([['SiO2', 'contradicted', [0]]]);
  });

  it('are several where phases of different elements overlap', () => {
    expect(said(1, 1, 0)).toEqual([
      ['Si', 'confirmed', [0]],
      ['a-C', 'confirmed', [1]],
      ['O-K phase A', 'undecided', [2]],
    ]);
  });

  it('are mixtures without the parts that another edge contradicts', () => {
    expect(said(3, -1, -2)).toEqual([['Si + SiO2', 'undecided', [0]]]);
    expect(said(3, -1, -1)).toEqual([['Si', 'undecided', [0]]]);
    expect(said(4, -1, 0)).toEqual([['SiO2', 'undecided', [0]]]);
    expect(said(4, 0, -1)).toEqual([['SiC', 'undecided', [0, 1]]]);
    expect(said(4, 1, 0)).toEqual([
      ['SiO2', 'undecided', [0]],
      ['a-C', 'confirmed', [1]],
    ]);
    // Where all parts are contradicted the name stays.
    expect(said(4, 1, -1)[0]).toEqual(['SiC + SiO2', 'contradicted', [0]]);
  });

  it('are the parts of a mixture where other edges name them, or show an element that they alone have', () => {
    expect(said(3, -1, 0)).toEqual([
      ['SiO2', 'undecided', [2]],
      ['Si', 'undecided', [0]],
    ]);
    expect(phases.candidates([3, -1, 0]).map(({ mixedWith }) => mixedWith)).toEqual([[], ['SiO2']]);
    expect(said(4, 0, 0)).toEqual([
      ['SiC', 'undecided', [1]],
      ['SiO2', 'undecided', [2]],
    ]);
    expect(phases.candidates([4, 0, 0]).map(({ mixedWith }) => mixedWith)).toEqual([[], []]);
  });

  it('keep a neutral name where no reference names a class', () => {
    expect(said(5, -1, -1)).toEqual([['Si-L phase F', 'undecided', [0]]]);
    expect(said(5, 1, -1)).toEqual([
      ['a-C', 'confirmed', [1]],
      ['Si-L phase F', 'undecided', [0]],
    ]);
    expect([0, 25, 26, 51, 52].map((label) => neutralName('O-K', label))).toEqual(
      ['A', 'Z', 'AA', 'AZ', 'BA'].map((letter) => `O-K phase ${letter}`),
    );
  });

  it('are none where all edges are absent', () => {
    expect(said(-1, -1, -1)).toEqual([]);
  });
});

describe('elements', () => {
  it.each([
    ['Si', 'Si'],
    ['SiO2', 'Si O'],
    ['a-C', 'C'],
    ['Si + SiO2', 'Si O'],
    ['rutile TiO2', 'Ti O'],
    ['La0.7Sr0.3MnO3', 'La Sr Mn O'],
    ['alpha-Fe2O3', 'Fe O'],
    ['Ca(OH)2', 'Ca O H'],
    ['graphite', ''],
    ['Graphite', ''],
    ['diamond (100)', ''],
  ])('of %s are %s', (name, elements) => {
    expect([...elementsOfName(name)].join(' ')).toBe(elements);
  });

  it('of an edge are in its name, or the edge stands for itself', () => {
    expect(['Si-L', 'C-K', 'La-M4', 'plasmon', 'Xx-K'].map(elementOfEdge)).toEqual([
      'Si',
      'C',
      'La',
      'plasmon',
      'Xx-K',
    ]);
  });

  it('belong to a phase of another name by the edges that name it', () => {
    const own = new PixelPhases([
      { name: 'C-K', names: new Map([[0, 'graphite']]) },
      { name: 'plasmon', names: new Map([[0, 'graphite']]) },
    ]);
    expect(own.candidates([0, 1])).toMatchObject([{ phase: 'graphite', standing: 'undecided' }]);
    expect(own.candidates([0, -1])).toMatchObject([{ phase: 'graphite', standing: 'contradicted' }]);
  });
});
