import type { EdgeResults } from '../results-reader.ts';
import type { Side } from './side.ts';

const SAID_STATUS: Record<string, string> = {
  failed: 'not all of its final maps could be made',
  aborted: 'its scan ended early',
};

/** What has to be known of two analyses as a whole before their figures are read. */
export function scanNotes(a: Side, b: Side): string[] {
  const notes: string[] = [];
  const [of, and] = [a.results.summary.scan, b.results.summary.scan];
  if (of.id !== and.id || of.name !== and.name) {
    const names = of.name === and.name ? `${of.id}, ${and.id}` : `${of.name}, ${and.name}`;
    notes.push(`A and B may be different scans (${names}): pixels are compared by row and column`);
  }
  if (of.energy.offset !== and.energy.offset || of.energy.dispersion !== and.energy.dispersion)
    notes.push(
      `energy axes differ: A ${axisText(of.energy)}, B ${axisText(and.energy)} (offset, eV per channel)`,
    );
  if (of.pixelSizeNm != null && and.pixelSizeNm != null && of.pixelSizeNm !== and.pixelSizeNm)
    notes.push(`pixel sizes differ: A ${sizeText(of.pixelSizeNm)}, B ${sizeText(and.pixelSizeNm)}`);
  for (const [side, { summary }] of [
    ['A', a.results],
    ['B', b.results],
  ] as const) {
    const said = SAID_STATUS[summary.status];
    if (said !== undefined) notes.push(`${side}: ${said}`);
    for (const [name, edge] of Object.entries(summary.edges))
      if (edge.status === 'unavailable') notes.push(`${side}: ${edge.note ?? `${name} is unavailable`}`);
  }
  if (a.said.version !== b.said.version)
    notes.push(`made by different versions: A ${a.said.version}, B ${b.said.version}`);
  return notes;
}

const sizeText = (nm: number): string => `${+nm.toPrecision(4)} nm`;

const axisText = ({ offset, dispersion }: { offset: number; dispersion: number }): string =>
  `${+offset.toFixed(3)}, ${+dispersion.toPrecision(6)}`;

/** The same of one edge. */
export function edgeNotes({ summary: a }: EdgeResults, { summary: b }: EdgeResults): string[] {
  const notes: string[] = [];
  for (const [key, what] of [
    ['fitWindow', 'fit'],
    ['signalWindow', 'signal'],
  ] as const) {
    const [of, and] = [a[key], b[key]];
    if (of?.join() === and?.join()) continue;
    notes.push(`${what} windows differ: A ${windowText(of)}, B ${windowText(and)}`);
  }
  if (a.background !== b.background)
    notes.push(`backgrounds differ: A ${a.background ?? 'unknown'}, B ${b.background ?? 'unknown'}`);
  const graded = [a.graded && 'A', b.graded && 'B'].filter(Boolean);
  if (graded.length > 0)
    notes.push(
      `${graded.join(' and ')}: graded, no separate groups; borders of classes are a matter of choice`,
    );
  return notes;
}

const windowText = (window: [number, number] | undefined): string =>
  window ? `${window[0]}–${window[1]} eV` : 'none';
