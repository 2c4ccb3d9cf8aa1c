import type { PlanRequest } from '../../../protocol/index.ts';
import { type GainLayer, SummedLayer } from './gain-layers.ts';
import type { PixelValues } from './pixel-values.ts';
import {
  DWELLS,
  isAllowed,
  MISSING,
  NOVELTY_DWELLS,
  type PlanInput,
  unsaturatedDwells,
} from './plan-input.ts';
import { type Area, SummedArea } from './summed-area.ts';

/** Gain layers that regions are chosen from, by kind. */
export interface Kinds {
  missing: SummedLayer[];
  novelty: SummedLayer[];
  /** Class and presence. */
  doubt: SummedLayer[];
  hasMissing(regions: readonly Area[]): boolean;
  hasNovel(region: Area): boolean;
}

/** Cache: another budget uses the same layers. */
const KNOWN = new WeakMap<PixelValues, Map<string, Kinds>>();

export function layersFor(values: PixelValues, input: PlanInput, request: PlanRequest): Kinds {
  const known = KNOWN.get(values) ?? new Map<string, Kinds>();
  KNOWN.set(values, known);
  const terms = [...request.terms].sort().join();
  const kinds = known.get(terms) ?? layersOf(values, input, request);
  known.set(terms, kinds);
  return kinds;
}

function layersOf(values: PixelValues, input: PlanInput, { terms }: PlanRequest): Kinds {
  const { shape, missing, exposure } = input;
  const layer = (dwells: number, gain: Float32Array): SummedLayer => {
    const forbidden = forbiddenAt(input, dwells);
    const one: GainLayer = { dwells, gain, ...(forbidden && { forbidden }) };
    return new SummedLayer(one, shape);
  };
  const lacking = (isLacking: (fault: number, pixel: number) => boolean) =>
    Float32Array.from(missing, (fault, pixel) => (isLacking(fault, pixel) ? values.missingGain : 0));
  /** How long saturated pixels are to be exposed, shortest first. */
  const shorter = () => {
    const dwells = new Set<number>();
    missing.forEach((fault, pixel) => {
      if (fault === MISSING.saturated) dwells.add(unsaturatedDwells(exposure[pixel]));
    });
    dwells.delete(0);
    return [...dwells].sort((a, b) => a - b);
  };
  const missingLayers = () => [
    ...shorter().map((dwells) =>
      layer(
        dwells,
        lacking(
          (fault, pixel) => fault === MISSING.saturated && unsaturatedDwells(exposure[pixel]) === dwells,
        ),
      ),
    ),
    layer(
      1,
      lacking((fault) => fault === MISSING.lost || fault === MISSING.masked),
    ),
  ];
  const noveltyLayers = () => {
    const worth = dilated(values.novel, shape);
    return DWELLS.filter((dwells) => dwells <= NOVELTY_DWELLS).map((dwells) =>
      layer(
        dwells,
        worth.map((value) => value * noveltyShare(dwells)),
      ),
    );
  };
  const kinds = {
    missing: terms.includes('missing') && missing.some((fault) => fault > 0) ? missingLayers() : [],
    novelty: terms.includes('novelty') && values.novel.some((worth) => worth > 0) ? noveltyLayers() : [],
    doubt:
      terms.includes('classes') || terms.includes('presence')
        ? DWELLS.map((dwells, index) => layer(dwells, termGain(values, index, terms)))
        : [],
  };
  const hasMissing = (regions: readonly Area[]) =>
    regions.some((region) => kinds.missing.some((one) => one.gainOf(region) > 0));
  const novel = new SummedArea(values.novel, shape);
  return { ...kinds, hasMissing, hasNovel: (region) => novel.of(region) > 0 };
}

/** Share learnt of a novel pixel by this many dwells: each halves the rest. */
const noveltyShare = (dwells: number): number => 1 - 2 ** -dwells;

/** A novel pixel's neighbours are worth half of it: where its phase ends is not known. */
function dilated(novel: Float32Array, [rows, columns]: readonly [number, number]): Float32Array {
  const worth = novel.slice();
  for (let pixel = 0; pixel < novel.length; pixel++) {
    if (!(novel[pixel] > 0)) continue;
    const [row, column] = [Math.floor(pixel / columns), pixel % columns];
    for (let y = Math.max(row - 1, 0); y <= Math.min(row + 1, rows - 1); y++)
      for (let x = Math.max(column - 1, 0); x <= Math.min(column + 1, columns - 1); x++)
        worth[y * columns + x] = Math.max(worth[y * columns + x], novel[pixel] / 2);
  }
  return worth;
}

function forbiddenAt(input: PlanInput, dwells: number): Uint8Array | undefined {
  if (input.doseRate === undefined || input.doseLimit === undefined) return undefined;
  return Uint8Array.from(input.exposure, (_, pixel) => (isAllowed(input, pixel, dwells) ? 0 : 1));
}

/** Expected pixels corrected at one of the numbers of dwells, summed over the selected terms. */
export function termGain({ gains }: PixelValues, index: number, terms: PlanRequest['terms']): Float32Array {
  const { classes, presence } = gains[index];
  const [byClass, byPresence] = [terms.includes('classes') ? 1 : 0, terms.includes('presence') ? 1 : 0];
  const gain = new Float32Array(classes.length);
  for (let pixel = 0; pixel < gain.length; pixel++)
    gain[pixel] = byClass * classes[pixel] + byPresence * presence[pixel];
  return gain;
}
