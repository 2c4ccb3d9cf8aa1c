import type { PairInformation } from '../../protocol/index.ts';
import type { MatrixTerm } from './view-state.ts';

/** What the cells show, `rows × columns`, nats. */
export function matrixValues({ pointwise, counts }: PairInformation, term: MatrixTerm): number[][] {
  if (term === 'share') return pointwise;
  const pixels = counts.flat().reduce((sum, count) => sum + count, 0);
  return pointwise.map((line, i) =>
    line.map((value, j) => (counts[i][j] > 0 ? (value * pixels) / counts[i][j] : 0)),
  );
}
