import {
  BACKGROUND_FLAGS,
  type EdgeState,
  type Layer,
  type PairInformation,
} from '../../../protocol/index.ts';
import { percent, plural, twoDecimals } from './format.ts';

/** Text in grey behind a map's name: its state. */
export function mapContext(
  layer: Layer,
  edges: ReadonlyMap<string, EdgeState>,
  pair?: PairInformation,
): string {
  const state = layer.edge === undefined ? undefined : edges.get(layer.edge);
  switch (layer.kind) {
    case 'phases':
      return 'what the classes of all edges say together';
    case 'labels':
      return state === undefined || state.revision === 0 ? '' : classesContext(state);
    case 'local-information':
      return pair === undefined ? 'chance taken off' : `window ${pair.localWindow} px · chance taken off`;
    case 'novelty':
      return 'distance to the landmarks, novel above 1';
    case 'plan-value':
      return 'expected to be put right by one more dwell';
    case 'plan-classes':
      return 'because the class is in doubt';
    case 'plan-presence':
      return 'because it is in doubt whether the edge is there';
    case 'plan-novelty':
      return 'because it is unlike every landmark';
    case 'plan-missing':
      return 'because it is lost, masked or saturated';
    case 'flags':
      return flagsContext(state?.flags);
    case 'information':
      return `log ratio to chance, nats${pair === undefined ? '' : ` · ${twoDecimals(pair.mi)} nats in all`}`;
    default:
      return layer.units;
  }
}

/** What the bits of the flags mean; those that no pixel has are left out. */
function flagsContext(flags?: EdgeState['flags']): string {
  const shown = BACKGROUND_FLAGS.filter(({ count }) => flags === undefined || flags[count] > 0);
  return shown.length > 0 ? shown.map(({ words }) => words).join(' · ') : 'none';
}

/** `5 classes · 31 % absent`. */
export function classesContext(state: EdgeState): string {
  const seen = state.present + state.absent;
  const absent = seen > 0 ? ` · ${percent(state.absent / seen)} absent` : '';
  return `${plural(state.classes.length, 'class', 'classes')}${absent}`;
}

/** Description of a map for screen readers. */
export function mapSentence(
  layer: Layer,
  shape: readonly [number, number],
  measured: number,
  context: string,
): string {
  const share = percent(measured / Math.max(1, shape[0] * shape[1]));
  return `Map of ${layer.name}, ${shape[0]} rows by ${shape[1]} columns, ${share} measured${context ? `, ${context}` : ''}.`;
}

/** Description of the embedding for screen readers. */
export const embeddingSentence = (edge: string, state: EdgeState | undefined): string =>
  state === undefined || state.revision === 0
    ? `Embedding of ${edge}: no model yet.`
    : `Embedding of ${edge}, revision ${state.revision}: ${plural(state.present, 'pixel')} in ${plural(state.classes.length, 'class', 'classes')}.`;

/** Figures of the information of a pair: `0.35 nats · 0.33 above chance · p < 0.001`. */
export function informationContext(pair: PairInformation): string {
  return `${twoDecimals(pair.mi)} nats · ${twoDecimals(Math.max(0, pair.corrected))} above chance · ${verdictText(pair)}`;
}

/** The verdict on a pair in words, with the probability where it is known. */
export function verdictText({ verdict, pValue }: Pick<PairInformation, 'verdict' | 'pValue'>): string {
  switch (verdict) {
    case 'related':
      return probability(pValue);
    case 'not shown':
      return `may be chance, ${probability(pValue)}`;
    case 'one class':
      return 'one class only';
    default:
      return verdict;
  }
}

const probability = (p = Number.NaN): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toPrecision(2)}`);

/** Whether a cell of the matrix is within what chance gives for maps as smooth as these. */
export const withinChance = ({ z, zCritical, verdict }: PairInformation, i: number, j: number): boolean =>
  verdict === 'too few independent areas' || verdict === 'one class' || Math.abs(z[i][j]) < zCritical;

/** Significance of a cell of the matrix: `11 σ above chance, co-occurrence candidate`. */
export function cellVerdict(pair: PairInformation, i: number, j: number): string {
  if (withinChance(pair, i, j)) return 'may be chance';
  const z = pair.z[i][j];
  const candidate = pair.pairs.some(({ a, b }) => a === pair.rows[i] && b === pair.columns[j]);
  const sigmas = `${Math.abs(z).toFixed(Math.abs(z) < 10 ? 1 : 0)} σ ${z > 0 ? 'above' : 'below'} chance`;
  return candidate ? `${sigmas}, co-occurrence candidate` : sigmas;
}

/** Description of the matrix of a pair for screen readers: the figure and the strongest pair. */
export function matrixSentence(pair: PairInformation): string {
  let best = { value: 0, row: 0, column: 0 };
  pair.pointwise.forEach((line, i) => {
    line.forEach((value, j) => {
      if (value > best.value) best = { value, row: pair.rows[i], column: pair.columns[j] };
    });
  });
  const strongest =
    best.value > 0
      ? ` Strongest: ${pair.a} ${labelWord(best.row)} with ${pair.b} ${labelWord(best.column)}, ${twoDecimals(best.value)} nats.`
      : '';
  return `Mutual information of ${pair.a} and ${pair.b}: ${twoDecimals(pair.mi)} nats over ${plural(pair.pixels, 'pixel')}, ${verdictText(pair)}.${strongest}`;
}

const labelWord = (label: number): string => (label < 0 ? 'absent' : `class ${label}`);
