import type { InformationVerdict, PairInformation } from '../../../protocol/index.ts';
import { adjustedInformation } from '../../analysis/information/adjusted-information.ts';
import { classPairs, excess } from '../../analysis/information/class-pairs.ts';
import { conditionalInformation } from '../../analysis/information/conditional-information.ts';
import {
  bothPresent,
  type Contingency,
  contingency,
  informationMap,
  mutualInformation,
} from '../../analysis/information/information.ts';
import { localInformation, localWindow } from '../../analysis/information/local-information.ts';
import type { SpatialTest, SpatialTester } from '../../analysis/information/spatial-test.ts';
import { chiSquaredSurvival, normalCritical } from '../../analysis/math/chi-squared.ts';

export interface LabelMap {
  name: string;
  labels: Int16Array;
  revision: number;
}

export interface PairSurroundings {
  shape: readonly [number, number];
  tester: SpatialTester;
  /** t/λ by pixel; undefined without a low loss. */
  thickness: Float32Array | undefined;
  /** Number of pairs tested together. */
  pairs: number;
  /** The scan is over: a single test instead of repeated ones. */
  final: boolean;
}

/** Error allowed over all pairs of edges at the end, and at each test before it. */
const ALPHA = { final: 0.05, live: 0.001 };
/** Share of the relation that may be left within equal thickness when thickness explains it. */
const LEFT_BY_THICKNESS = 0.2;

/** Mutual information of two edges' class maps; writes the pointwise map to `map`, the local one to `local`. */
export function pairInformation(
  a: LabelMap,
  b: LabelMap,
  { shape, tester, thickness, pairs, final }: PairSurroundings,
  map: Float32Array,
  local: Float32Array,
): Omit<PairInformation, 'epoch'> {
  const table = contingency(a.labels, b.labels);
  const { mi, terms } = mutualInformation(table);
  informationMap(a.labels, b.labels, table, map);
  const test = tester.test(a.labels, b.labels);
  const window = localWindow(test.designEffect, shape);
  localInformation(a.labels, b.labels, table, shape, test.designEffect, window, local);
  const alpha = final ? ALPHA.final / pairs : ALPHA.live;
  const cells = Math.max(1, table.rows.length * table.columns.length);
  const zCritical = normalCritical(final ? alpha / cells : alpha);
  const conditional = thickness && withinThickness(a.labels, b.labels, thickness, test);
  return {
    type: 'information',
    a: a.name,
    b: b.name,
    revisions: [a.revision, b.revision],
    pixels: table.pixels,
    mi,
    miBothPresent: mutualInformation(bothPresent(table)).mi,
    ami: adjustedInformation(table.counts, mi),
    corrected: mi - test.chance,
    ...(test.pValue !== undefined && { pValue: test.pValue }),
    effectivePixels: table.pixels / test.designEffect,
    localWindow: window,
    ...(conditional && { conditional }),
    verdict: verdictOf(test, alpha, conditional),
    rows: table.rows,
    columns: table.columns,
    counts: table.counts,
    pointwise: terms,
    z: aligned(test, table),
    zCritical,
    pairs: classPairs(test, zCritical).slice(0, 12),
  };
}

function withinThickness(
  a: Int16Array,
  b: Int16Array,
  thickness: Float32Array,
  { designEffect }: SpatialTest,
): PairInformation['conditional'] {
  const found = conditionalInformation(a, b, thickness);
  if (!found) return undefined;
  const { mi, freedom, unconditional, pixels } = found;
  return {
    mi,
    corrected: mi - (designEffect * freedom) / (2 * pixels),
    unconditional,
    pValue: freedom > 0 ? chiSquaredSurvival((2 * pixels * mi) / designEffect, freedom) : 1,
  };
}

function verdictOf(
  { freedom, pValue, mi, chance }: SpatialTest,
  alpha: number,
  conditional: PairInformation['conditional'],
): InformationVerdict {
  if (freedom === 0) return 'one class';
  if (pValue === undefined) return 'too few independent areas';
  if (pValue > alpha) return 'not shown';
  const left = conditional && conditional.corrected < LEFT_BY_THICKNESS * (mi - chance);
  return left && conditional.pValue > alpha ? 'explained by thickness' : 'related';
}

/** The excess of every cell of the whole table; 0 for classes that are not among the pixels tested. */
function aligned(test: SpatialTest, { rows, columns }: Contingency): number[][] {
  const z = excess(test);
  return rows.map((row) =>
    columns.map((column) => z[test.table.rows.indexOf(row)]?.[test.table.columns.indexOf(column)] ?? 0),
  );
}
