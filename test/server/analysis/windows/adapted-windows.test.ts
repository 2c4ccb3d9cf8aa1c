import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeAt, KNOWN_EDGES, parseEdge, parseEdges } from '../../../../protocol/index.ts';
import {
  adaptWindows,
  type Neighbour,
  structureEnd,
} from '../../../../server/analysis/windows/adapted-windows.ts';

const neighbours = (list: string, asked = true): Neighbour[] =>
  parseEdges(list).map(({ name, onsetEv }) => ({ name, onsetEv, asked }));
const adapted = (name: string, asked: string, standing = '') =>
  adaptWindows(parseEdge(name), [...neighbours(asked), ...(standing ? neighbours(standing, false) : [])]);

describe('automatic windows', () => {
  it('stay as they are where no other edge is near', () => {
    for (const list of ['Si-L,C-K,O-K', 'Mn-L,Ni-L', 'Ti-L,La-M'])
      for (const edge of list.split(','))
        expect(adapted(edge, list)).toEqual({ edge: parseEdge(edge), warnings: [] });
  });

  it('begin after the lines of the edge before, asked for or standing out', () => {
    for (const { edge, warnings, refused } of [
      adapted('Ni-L', 'Co-L,Ni-L'),
      adapted('Ni-L', 'Ni-L', 'Co-L'),
    ]) {
      // L2 of cobalt lies at 794 eV.
      expect(edge.fitWindow[0]).toBeGreaterThanOrEqual(794 + 10);
      expect(edge.fitWindow[1]).toBeLessThan(850);
      expect(edge.fitWindow[1] - edge.fitWindow[0]).toBeGreaterThanOrEqual(30);
      expect(edge.signalWindow[0]).toBeGreaterThanOrEqual(edge.fitWindow[1]);
      // L3 and L2 of nickel.
      expect(edge.signalWindow[0]).toBeLessThanOrEqual(851);
      expect(edge.signalWindow[1]).toBeGreaterThan(880);
      expect([warnings, refused]).toEqual([[], undefined]);
    }
    expect(adapted('Co-L', 'Co-L', 'Fe-L').edge.fitWindow[0]).toBeGreaterThanOrEqual(721 + 10);
    // A part that is lost does not move the rest.
    expect(adapted('O-K', 'Ti-L,O-K').edge).toMatchObject({
      fitWindow: [477, 524],
      signalWindow: [531, 591],
    });
  });

  it('end before the next edge', () => {
    expect(adapted('V-L', 'V-L,O-K').edge.signalWindow).toEqual([512, 528]);
    expect(adapted('La-M', 'La-M', 'Ce-M').edge.signalWindow[1]).toBeLessThan(883);
    // Too little would be left: the window stays, and that is said.
    const barium = adapted('Co-L', 'Co-L,Ba-M');
    expect(barium.edge.signalWindow).toEqual(parseEdge('Co-L').signalWindow);
    expect(barium.warnings.join()).toContain('reaches over the edge of Ba-M at 781 eV');
  });

  it('are refused by name and with figures where an edge asked for leaves too little', () => {
    expect(adapted('O-K', 'V-L,O-K').refused).toBe(
      'expected 10 eV or more for the background between the edge of V-L at 513 eV, whose lines reach to 526 eV, and 528 eV, found 2 eV',
    );
    // Nobody asked for it: the user decides.
    const seen = adapted('O-K', 'O-K', 'V-L');
    expect(seen.refused).toBeUndefined();
    expect(seen.edge.fitWindow).toEqual(parseEdge('O-K').fitWindow);
    expect(seen.warnings).toEqual([
      'the fit window 464–524 eV holds the edge of V-L at 513 eV, which stands out in the sum spectrum',
    ]);
  });

  it('take what room there is beside a near edge', () => {
    const chromium = adapted('Cr-L', 'O-K,Cr-L');
    expect(chromium.refused).toBeUndefined();
    expect(chromium.edge.fitWindow[0]).toBeGreaterThan(550);
  });

  it('are in order and hold no lines of the edge before, whatever the two are', () => {
    const onset = fc.integer({ min: 60, max: 1800 });
    const name = fc.constantFrom(...KNOWN_EDGES, 'Own');
    fc.assert(
      fc.property(onset, onset, name, (a, b, other) => {
        const edge = edgeAt('X', a);
        const neighbour = { name: other, onsetEv: b, asked: true };
        const { edge: read, refused } = adaptWindows(edge, [neighbour]);
        if (refused !== undefined) {
          expect(b).toBeLessThan(edge.fitWindow[1]);
          expect(structureEnd(neighbour)).toBeGreaterThan(edge.fitWindow[0]);
          return;
        }
        const [fit, signal] = [read.fitWindow, read.signalWindow];
        expect(fit[1] - fit[0]).toBeGreaterThanOrEqual(10);
        expect(signal[0]).toBeGreaterThanOrEqual(fit[1]);
        expect(signal[1] - signal[0]).toBeGreaterThanOrEqual(12);
        expect(b >= fit[0] && b < fit[1]).toBe(false);
        expect(fit[0]).toBeGreaterThanOrEqual(edge.fitWindow[0]);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

it('windows given by the user stay, and are warned about', () => {
  const { edge, warnings, refused } = adapted('Ni-L:855:782-842:854-914', 'Co-L,Ni-L');
  expect(edge).toMatchObject({ fitWindow: [782, 842], signalWindow: [854, 914] });
  expect(refused).toBeUndefined();
  expect(warnings).toEqual([]);
  expect(adapted('Ni-L:855:770-842:854-914', 'Ni-L,Co-L').warnings).toEqual([
    'the fit window 770–842 eV holds the edge of Co-L at 779 eV',
  ]);
});
