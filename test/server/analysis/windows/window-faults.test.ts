import { expect, it } from 'vitest';
import { type EnergyAxis, KNOWN_EDGES, parseEdge, parseEdges } from '../../../../protocol/index.ts';
import { windowCautions, windowFaults } from '../../../../server/analysis/windows/window-faults.ts';

const AXIS: EnergyAxis = { offset: 10, dispersion: 1, units: 'eV' };
const CHANNELS = 2500;

it('warns of a background followed too far', () => {
  const far = windowFaults(parseEdge('far:200:80-120:190-230'), AXIS, CHANNELS);
  expect(far.join()).toContain('extrapolated too far');
  for (const name of KNOWN_EDGES.filter((known) => !['Li-K', 'Mg-L'].includes(known)))
    expect(windowFaults(parseEdge(name), AXIS, CHANNELS), name).toEqual([]);
});

it('warns of a window that leaves the axis, not of a channel at its end', () => {
  const axis: EnergyAxis = { offset: 470, dispersion: 0.5, units: 'eV' };
  expect(windowFaults(parseEdge('O-K'), axis, 400)).toEqual([
    'the fit window 464–524 eV leaves the energy axis, which covers 470.0–670.0 eV: 6.0 eV of it are missing',
  ]);
  expect(windowFaults(parseEdge('O-K'), { ...axis, offset: 463 }, 240).join()).toMatch(
    /^the signal window 531–591 eV leaves .* 8.0 eV of it are missing$/,
  );
  expect(windowFaults(parseEdge('O-K'), { ...axis, offset: 464.5 }, 400)).toEqual([]);
});

it('names what else the windows may hold', () => {
  const cautions = (name: string, list: string) => windowCautions(parseEdge(name), parseEdges(list));
  expect(cautions('V-L', 'V-L')).toContain('the fit window 445–505 eV holds the edge of Ti-L at 456 eV');
  expect(cautions('V-L', 'V-L').join()).toContain('reaches over the edge of O-K at 532 eV');
  expect(cautions('V-L', 'V-L,Ti-L,O-K').join()).not.toMatch(/Ti-L|O-K/);
  expect(cautions('Si-L', 'Si-L,C-K,O-K')).toEqual([]);
});

it('warns of a fit window that holds the onset of its own edge', () => {
  expect(windowFaults(parseEdge('X:530:480-535:540-600'), AXIS, CHANNELS)).toEqual([
    'the fit window 480–535 eV holds the onset at 530 eV: some of the edge is taken for background',
  ]);
  expect(windowFaults(parseEdge('X:535:480-535:540-600'), AXIS, CHANNELS)).toEqual([]);
});
