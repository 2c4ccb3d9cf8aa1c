import type { EdgeRun } from '../edge/edge-run.ts';

/** Reference names of the classes of an edge, by label. */
export const classNames = ({ matches }: Pick<EdgeRun, 'matches'>): Record<number, string> =>
  Object.fromEntries(
    matches.flatMap(({ label, verdict, best }) => (verdict === 'match' ? [[label, best.phase]] : [])),
  );
