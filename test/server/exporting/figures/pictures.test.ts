import { beforeAll, describe, expect, it } from 'vitest';
import { ABSENT, CLASS_COLOURS, layerOf, UNMEASURED } from '../../../../protocol/index.ts';
import type { Exportable, ExportMap } from '../../../../server/exporting/exportable.ts';
import { figureSvg } from '../../../../server/exporting/figures/figure.ts';
import { captionOf, titleOf } from '../../../../server/exporting/figures/figure-words.ts';
import { ABSENT_ON_PAPER, lookOf } from '../../../../server/exporting/figures/map-looks.ts';
import { drawMap } from '../../../../server/exporting/figures/pictures.ts';
import { examplePhase } from '../../../support/example-phases.ts';

const SHAPE: [number, number] = [2, 4];

const labels: ExportMap = {
  layer: { kind: 'labels', name: 'Si-L classes', units: 'class', dtype: 'i16', components: 1, edge: 'Si-L' },
  data: Int16Array.of(0, 1, 1, ABSENT, 0, 0, UNMEASURED, UNMEASURED),
};
const intensity: ExportMap = {
  layer: {
    kind: 'intensity',
    name: 'Si-L intensity',
    units: 'net counts',
    dtype: 'f32',
    components: 1,
    edge: 'Si-L',
  },
  data: Float32Array.of(0, 10, 20, Number.NaN, 40, 50, Number.NaN, Number.NaN),
};
const flags: ExportMap = {
  layer: {
    kind: 'flags',
    name: 'Si-L background flags',
    units: 'bits',
    dtype: 'f32',
    components: 1,
    edge: 'Si-L',
  },
  data: Float32Array.of(0, 0, 0, 5, 0, 4, Number.NaN, Number.NaN),
};

const phases: ExportMap = {
  layer: layerOf('phases'),
  data: Int16Array.of(0, 1, 1, ABSENT, 0, 0, UNMEASURED, UNMEASURED),
};

const content: Exportable = {
  scan: {
    id: 'a',
    name: 'anode <1> & more',
    shape: SHAPE,
    channels: 8,
    energy: { offset: 80, dispersion: 1, units: 'eV' },
    dtype: 'u16',
    pixelSizeNm: 2.5,
    beamKv: 200,
    simulated: true,
  },
  file: 'a',
  source: 'a',
  maps: [labels, intensity, flags],
  edges: [
    {
      name: 'Si-L',
      onsetEv: 99,
      classes: [{ label: 0, name: 'SiO2' }, { label: 1 }],
    },
  ],
  phases: [examplePhase(0, 'SiO2'), examplePhase(1, 'Si-L phase B', false)],
  notes: [],
  close: async () => {},
};

/** Colour of each pixel; undefined where the ground shows. */
const coloursOf = (map: ExportMap) => {
  const { indices, palette } = lookOf(content, map);
  return Array.from(indices, (index) => (index === 0 ? undefined : palette[index - 1]));
};

describe('the look of a map', () => {
  it('has the colours of the classes, and tells absent from not measured', () => {
    const [orange, blue] = CLASS_COLOURS;
    expect(coloursOf(labels)).toEqual([
      blue,
      orange,
      orange,
      ABSENT_ON_PAPER,
      blue,
      blue,
      undefined,
      undefined,
    ]);
    expect(lookOf(content, labels).legend.map(({ text }) => text)).toEqual([
      'class 0: SiO2 · 50 %',
      'class 1 · 33 %',
      'Si-L absent · 17 %',
      'not measured',
    ]);
  });

  it('names phases in the colours of the classes that have their names', () => {
    expect(coloursOf(phases)).toEqual(coloursOf(labels));
    expect(lookOf(content, phases).legend.map(({ text }) => text)).toEqual([
      'SiO2 · 50 %',
      'Si-L phase B · 33 %',
      'no edge · 17 %',
      'not measured',
    ]);
    expect(titleOf(phases.layer)).toBe('Phases');
  });

  it('has a colour bar for what is continuous, and grey where the edge is absent', () => {
    const { bar, palette, indices } = lookOf(content, intensity);
    expect(bar?.domain).toEqual([0, 50]);
    expect(coloursOf(intensity)[3]).toEqual(ABSENT_ON_PAPER);
    expect(coloursOf(intensity)[6]).toBeUndefined();
    expect(palette[indices[0] - 1]).toEqual(bar?.colours[0]);
    expect(palette[indices[5] - 1]).toEqual(bar?.colours[bar.colours.length - 1]);
  });

  it('spells out what flags mean', () => {
    expect(lookOf(content, flags).legend.map(({ text }) => text)).toEqual([
      'nothing wrong · 67 %',
      'over-subtracted · 17 %',
      'no signal, over-subtracted · 17 %',
      'not measured',
    ]);
  });
});

describe('the words of a picture', () => {
  it('say what it shows, in which units, and how it was measured', () => {
    expect(titleOf(intensity.layer)).toBe('Si-L intensity (net counts)');
    expect(titleOf(labels.layer)).toBe('Si-L classes');
    expect(captionOf(content, true).slice(0, 3)).toEqual([
      '2 × 4 pixels of 2.5 nm',
      '200 kV',
      'values beyond the bar in the colours of its ends',
    ]);
  });

  it('are safe from what names hold', () => {
    const svg = figureSvg({
      title: titleOf(intensity.layer),
      subtitle: [content.scan.name],
      simulated: true,
      image: new Uint8Array(1),
      columns: 4,
      rows: 2,
      units: 'net counts',
      look: lookOf(content, intensity),
      pixelSizeNm: 2.5,
      caption: [],
    });
    expect(svg).toContain('anode &lt;1&gt; &amp; more');
    expect(svg).toContain('Simulated, not measured');
    expect(svg).toMatch(/>2 nm</);
    expect(svg).toMatch(/>net counts</);
  });
});

describe('a picture', () => {
  let first: Uint8Array;
  beforeAll(async () => {
    first = await drawMap(content, intensity);
  });

  it('is a PNG of a size to be looked at, the same every time', async () => {
    const header = Buffer.from(first);
    expect(header.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect(header.readUInt32BE(16)).toBeGreaterThan(640);
    expect(Buffer.compare(Buffer.from(await drawMap(content, intensity)), header)).toBe(0);
  });

  it('differs where the map does', async () => {
    const data = intensity.data.slice();
    data[1] = 30;
    expect(
      Buffer.compare(Buffer.from(await drawMap(content, { ...intensity, data })), Buffer.from(first)),
    ).not.toBe(0);
  });
});
