import type { EdgeRun } from '../edge/edge-run.ts';

/** State of an edge used by a plan. */
type PlannedEdge = Pick<EdgeRun, 'revision' | 'suspended'> & { edge: Pick<EdgeRun['edge'], 'name'> };

/** Names of edges that will have a model, and have none yet. */
export const uncountedEdges = (edges: readonly PlannedEdge[]): string[] =>
  edges.filter(({ revision, suspended }) => revision === 0 && !suspended).map(({ edge }) => edge.name);

/**
 * The words of a plan that is made without some edges: they add nothing to the pixels stated as likely wrong, which become
 * more once there is a model of them.
 */
export function withoutEdges(words: string, names: readonly string[]): string {
  if (names.length === 0) return words;
  const [have, are] = names.length === 1 ? ['has', 'is'] : ['have', 'are'];
  return `${words}; ${names.join(' and ')} ${have} no model yet and ${are} not counted`;
}
