import { colormapTable, LUT_SIZE } from '../../../protocol/colormaps.ts';
import { type Domain, mapDomain, netSigma } from '../../../protocol/domain.ts';
import {
  ABSENT,
  CLASS_COLOURS,
  classColour,
  classPlaces,
  counted,
  flagColour,
  flagWords,
  type LayerKind,
  mapKind,
  placesOfPhases,
  type Rgb,
  UNMEASURED,
} from '../../../protocol/index.ts';
import type { Exportable, ExportMap } from '../exportable.ts';

/** On paper an absent edge is a light grey: darker than the ground, lighter than any class. */
export const ABSENT_ON_PAPER: Rgb = [221, 225, 230];

export interface LegendEntry {
  text: string;
  /** Absent for pixels that are not measured, which are hatched. */
  colour?: Rgb;
  /** Stands for pixels without a value. */
  isRest?: true;
}

/** How a map is drawn: an index into `palette` for each pixel, 0 (not measured) being left open. */
export interface MapLook {
  indices: Uint8Array;
  palette: readonly Rgb[];
  /** Of a continuous map: the values that the ends of its colours stand for. */
  bar?: { domain: Domain; colours: readonly Rgb[] };
  /** What single colours stand for. */
  legend: LegendEntry[];
}

/** Nothing wrong is nothing to see. */
const NOTHING_WRONG: Rgb = [245, 246, 248];

const OPEN = 0;
const ABSENT_INDEX = 1;
const FIRST = 2;

const share = (count: number, total: number): string => {
  const percent = (100 * count) / total;
  return percent > 0 && percent < 1 ? '< 1 %' : `${Math.round(percent)} %`;
};

/** @param map of one component */
export function lookOf(content: Exportable, map: ExportMap): MapLook {
  switch (map.layer.kind) {
    case 'labels':
      return labelLook(content, map);
    case 'phases':
      return phaseLook(content, map);
    case 'flags':
    case 'passes':
      return valueLook(content, map);
    default:
      return continuousLook(content, map);
  }
}

const isMapOf = ({ layer }: ExportMap, kind: LayerKind, edge: string | undefined): boolean =>
  layer.kind === kind && layer.edge === edge;

/** Where an edge is absent: maps of edges have no value there, though the pixel is measured. */
function absentAt({ maps }: Exportable, { layer }: ExportMap): (pixel: number) => boolean {
  const labels = maps.find((other) => isMapOf(other, 'labels', layer.edge));
  return layer.edge !== undefined && labels ? (pixel) => labels.data[pixel] === ABSENT : () => false;
}

function continuousLook(content: Exportable, map: ExportMap): MapLook {
  const { layer, data } = map;
  const { colours: name, limits } = mapKind(layer.kind === 'passes' ? 'counts' : layer.kind);
  const table = colormapTable(name, true);
  const levels = 256 - FIRST;
  const colours = Array.from({ length: levels }, (_, i): Rgb => {
    const at = 4 * Math.round((i * (LUT_SIZE - 1)) / (levels - 1));
    return [table[at], table[at + 1], table[at + 2]];
  });
  const snr =
    layer.kind === 'intensity' ? content.maps.find((one) => isMapOf(one, 'snr', layer.edge)) : undefined;
  const domain = mapDomain(data, { limits, sigma: snr && netSigma(data, snr.data) });
  const isAbsent = absentAt(content, map);
  const indices = new Uint8Array(data.length);
  const [low, high] = domain ?? [0, 1];
  for (let pixel = 0; pixel < data.length; pixel++) {
    const t = (data[pixel] - low) / (high - low || 1);
    if (Number.isNaN(t)) indices[pixel] = isAbsent(pixel) ? ABSENT_INDEX : OPEN;
    else indices[pixel] = FIRST + Math.round(Math.min(Math.max(t, 0), 1) * (levels - 1));
  }
  return {
    indices,
    palette: [ABSENT_ON_PAPER, ...colours],
    ...(domain && { bar: { domain, colours } }),
    legend: leftOver(indices, `${layer.edge} absent`),
  };
}

function labelLook({ edges }: Exportable, { layer, data }: ExportMap): MapLook {
  const own = edges.findIndex(({ name }) => name === layer.edge);
  const classes = edges[own]?.classes ?? [];
  const places = classPlaces(edges)[own] ?? [];
  const names = new Map(classes.map(({ label, name }) => [label, name]));
  return numbersLook(data, {
    placeOf: new Map(classes.map(({ label }, i) => [label, places[i]])),
    wordsOf: (label) => {
      const name = names.get(label);
      return `class ${label}${name === undefined ? '' : `: ${name}`}`;
    },
    absent: `${layer.edge} absent`,
  });
}

function phaseLook({ edges, phases = [] }: Exportable, { data }: ExportMap): MapLook {
  const places = placesOfPhases(edges, phases);
  return numbersLook(data, {
    placeOf: new Map(phases.map(({ number }, i) => [number, places[i]])),
    wordsOf: (number) => phases[number]?.name ?? `phase ${number}`,
    absent: 'no edge',
  });
}

interface NumberWords {
  placeOf: ReadonlyMap<number, number>;
  wordsOf: (number: number) => string;
  /** What pixels of −1 are. */
  absent: string;
}

/** Of a map of numbers: −2 not measured, −1 absent, others with a colour each. */
function numbersLook(data: ExportMap['data'], { placeOf, wordsOf, absent }: NumberWords): MapLook {
  const counts = new Map<number, number>();
  for (const number of data) counts.set(number, (counts.get(number) ?? 0) + 1);
  const measured = data.length - (counts.get(UNMEASURED) ?? 0);
  const numbers = [...counts.keys()].filter((number) => number >= 0).sort((a, b) => a - b);
  const palette: Rgb[] = [ABSENT_ON_PAPER, ...CLASS_COLOURS];
  const colourOf = (number: number): Rgb => classColour(placeOf.get(number) ?? number);
  const indices = Uint8Array.from(data, (number) => {
    if (number === UNMEASURED) return OPEN;
    return number === ABSENT ? ABSENT_INDEX : palette.indexOf(colourOf(number)) + 1;
  });
  const legend = numbers.map((number) => ({
    text: `${wordsOf(number)} · ${share(counts.get(number) ?? 0, measured)}`,
    colour: colourOf(number),
  }));
  return { indices, palette, legend: [...legend, ...leftOver(indices, absent)] };
}

/** Sums of bits, and numbers of passes: the few values that there are. */
function valueLook(content: Exportable, map: ExportMap): MapLook {
  const { layer, data } = map;
  const isPasses = layer.kind === 'passes';
  const isOpen = (value: number) => Number.isNaN(value) || (isPasses && value === 0);
  const values = [...new Set(data)].filter((value) => !isOpen(value)).sort((a, b) => a - b);
  if (values.length > CLASS_COLOURS.length) return continuousLook(content, map);
  const isAbsent = absentAt(content, map);
  const colours = values.map(
    (value, index): Rgb => (isPasses ? CLASS_COLOURS[index] : (flagColour(value) ?? NOTHING_WRONG)),
  );
  const indices = Uint8Array.from(data, (value, pixel) => {
    if (isOpen(value)) return isAbsent(pixel) ? ABSENT_INDEX : OPEN;
    return FIRST + values.indexOf(value);
  });
  const counts = new Map<number, number>();
  for (const value of data) counts.set(value, (counts.get(value) ?? 0) + 1);
  const total = values.reduce((sum, value) => sum + (counts.get(value) ?? 0), 0);
  const legend = values.map((value, index) => {
    const words = isPasses ? counted(value, 'pass', 'passes') : flagWords(value);
    return { text: `${words} · ${share(counts.get(value) ?? 0, total)}`, colour: colours[index] };
  });
  return {
    indices,
    palette: [ABSENT_ON_PAPER, ...colours],
    legend: [...legend, ...leftOver(indices, `${layer.edge} absent`)],
  };
}

/** @param absent what pixels are that are measured and show nothing */
function leftOver(indices: Uint8Array, absentWords: string): LegendEntry[] {
  const entries: LegendEntry[] = [];
  const absent = indices.reduce((count, index) => count + (index === ABSENT_INDEX ? 1 : 0), 0);
  const open = indices.reduce((count, index) => count + (index === OPEN ? 1 : 0), 0);
  if (absent > 0)
    entries.push({
      text: `${absentWords} · ${share(absent, indices.length - open)}`,
      colour: ABSENT_ON_PAPER,
      isRest: true,
    });
  if (open > 0) entries.push({ text: 'not measured', isRest: true });
  return entries;
}
