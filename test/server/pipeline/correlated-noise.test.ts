import { expect, it } from 'vitest';
import { type DetectorCube, edgeShape } from '../../support/detector-cube.ts';
import { classesOf, fitDetectorCube } from '../../support/detector-fit.ts';

/** One phase, Ti-L and O-K. */
const scan = (
  smear: number[],
  gain: number,
  seed: number,
  more: Partial<DetectorCube> = {},
): DetectorCube => ({
  shape: [32, 32],
  energy: { offset: 380, dispersion: 0.3, units: 'eV' },
  channels: 1024,
  mean: (ev) => 4000 * (ev / 380) ** -3 + 400 * edgeShape(ev, 456, 2, 1.2) + 60 * edgeShape(ev, 532, 1, 2),
  smear,
  gain,
  seed,
  ...more,
});

it.each([
  ['over five channels', [0.05, 0.2, 0.5, 0.2, 0.05], 6, {}],
  ['over three channels', [0.15, 0.7, 0.15], 6, {}],
  ['over five channels on one side, with a fixed pattern', [0, 0, 0.5, 0.3, 0.2], 250, { pattern: 0.01 }],
  [
    'over nine channels, summed to features',
    new Array(9).fill(1 / 9),
    900,
    {
      energy: { offset: 380, dispersion: 0.15, units: 'eV' },
      channels: 1300,
      shape: [20, 20],
    },
  ],
] as [string, number[], number, Partial<DetectorCube>][])(
  'noise that a point spread %s shares makes no classes of one phase',
  async (_, smear, gain, more) => {
    for (const seed of [1, 2])
      for (const { edge, fit } of await fitDetectorCube(scan(smear, gain, seed, more), 'Ti-L,O-K')) {
        expect(fit.signal.presentPixels).toBeGreaterThan(200);
        expect([edge.name, classesOf(fit)]).toEqual([edge.name, 1]);
      }
  },
  60_000,
);

it('two phases stay two under the same noise', async () => {
  const side = 28;
  const right = (pixel: number) => pixel % side >= side / 2;
  const cube = scan([0.05, 0.2, 0.5, 0.2, 0.05], 6, 3, {
    shape: [side, side],
    channels: 480,
    mean: (ev, pixel) => 4000 * (ev / 380) ** -3 + 400 * edgeShape(ev, 456, right(pixel) ? 1.4 : 2, 1.2),
  });
  const [{ fit }] = await fitDetectorCube(cube, 'Ti-L');
  expect(classesOf(fit)).toBe(2);
  const wrong = [...fit.labels.keys()].filter(
    (pixel) => (fit.labels[pixel] === fit.labels[0]) === right(pixel),
  );
  expect(wrong.length).toBeLessThan(0.02 * side * side);
}, 60_000);
