import { expect, it } from 'vitest';
import { type EnergyAxis, parseEdge } from '../../../../protocol/index.ts';
import { edgeWindow } from '../../../../server/analysis/windows/edge-window.ts';

const axis = (offset: number, dispersion: number): EnergyAxis => ({ offset, dispersion, units: 'eV' });

it.each([
  ['Si-L', 10, 'edge Si-L: fit window: expected 8 channels or more in 81–97 eV, found 1 on an axis of 10 eV'],
  ['Si-L', 2.5000001, 'found 6 on an axis of 2.5 eV per channel; give wider windows'],
  [
    'X:400:300-390:398-405',
    1,
    'signal window: expected 8 channels or more in 398–405 eV, found 7 on an axis of 1 eV',
  ],
])('says that an axis is too coarse for %s at %d eV per channel', (edge, dispersion, message) => {
  expect(() => edgeWindow(parseEdge(edge), axis(0, dispersion), 2000)).toThrow(message);
});

it('says what an axis covers that is fine enough', () => {
  expect(() => edgeWindow(parseEdge('O-K'), axis(60, 1), 400)).toThrow(
    'edge O-K: fit window: expected 464–524 eV on the energy axis, which covers 60.0–459.0 eV',
  );
  expect(edgeWindow(parseEdge('X:400:300-390:398-406'), axis(0, 1), 2000).endChannel).toBe(406);
});
