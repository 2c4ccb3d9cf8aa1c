import type { Phase } from '../../protocol/index.ts';

/** A phase as a table has it. */
export const examplePhase = (number: number, name: string, isNamed = true): Phase => ({
  number,
  name,
  isNamed,
  edges: isNamed ? ['Si-L'] : [],
  parts: [{ edge: 'Si-L', labels: [number] }],
  count: 3,
  fraction: 0.5,
  fractionSigma: 0.1,
  thickness: 0.4,
  thicknessSigma: 0.01,
  regions: 0,
  confirmed: 1,
  undecided: 0,
});
