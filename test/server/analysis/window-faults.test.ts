import { expect, it } from 'vitest';
import { KNOWN_EDGES, parseEdge, parseEdges } from '../../../protocol/index.ts';
import { windowCautions, windowFaults } from '../../../server/analysis/window-faults.ts';

const faults = (name: string, list: string) => windowFaults(parseEdge(name), parseEdges(list));

it('refuses a fit window that holds another analysed edge, and only then', () => {
  expect(faults('V-L', 'V-L,Ti-L').refused).toBe(
    'expected no other edge in 445–505 eV, found that of Ti-L at 456 eV',
  );
  expect(faults('V-L', 'V-L,O-K').refused).toBeUndefined();
  expect(faults('V-L', 'V-L')).toEqual({ warnings: [] });
  for (const list of ['Si-L,C-K,O-K', 'Ti-L,O-K,La-M'])
    for (const edge of list.split(',')) expect(faults(edge, list)).toEqual({ warnings: [] });
});

it('warns of another edge in the signal window and of a background followed too far', () => {
  expect(faults('V-L', 'V-L,O-K').warnings.join()).toContain('reaches over the edge of O-K at 532 eV');
  expect(faults('far:200:80-120:190-230', 'C-K').warnings.join()).toContain('extrapolated too far');
  for (const name of KNOWN_EDGES.filter((known) => !['Li-K', 'Mg-L'].includes(known)))
    expect(faults(name, name).warnings, name).toEqual([]);
});

it('names what else the windows may hold, without refusing the edge', () => {
  const cautions = (name: string, list: string) => windowCautions(parseEdge(name), parseEdges(list));
  expect(cautions('V-L', 'V-L')).toContain('the fit window 445–505 eV holds the edge of Ti-L at 456 eV');
  expect(cautions('V-L', 'V-L').join()).toContain('reaches over the edge of O-K at 532 eV');
  expect(cautions('V-L', 'V-L,Ti-L,O-K').join()).not.toMatch(/Ti-L|O-K/);
  expect(cautions('Si-L', 'Si-L,C-K,O-K')).toEqual([]);
});
