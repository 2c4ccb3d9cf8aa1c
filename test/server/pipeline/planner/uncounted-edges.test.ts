import { expect, it } from 'vitest';
import { uncountedEdges, withoutEdges } from '../../../../server/pipeline/planner/uncounted-edges.ts';

it('a plan names the edges that it is made without', () => {
  const edge = (name: string, revision: number, suspended = false) => ({
    edge: { name },
    revision,
    suspended,
  });
  const words = 'No rescan is worth its dose';
  const named = (...edges: ReturnType<typeof edge>[]) => withoutEdges(words, uncountedEdges(edges));
  expect(named(edge('Si-L', 2), edge('C-K', 1))).toBe(words);
  expect(named(edge('Si-L', 2), edge('O-K', 0))).toBe(`${words}; O-K has no model yet and is not counted`);
  expect(named(edge('C-K', 0), edge('O-K', 0))).toBe(
    `${words}; C-K and O-K have no model yet and are not counted`,
  );
  // One that cannot be read is not waited for.
  expect(named(edge('Si-L', 2), edge('O-K', 0, true))).toBe(words);
});
