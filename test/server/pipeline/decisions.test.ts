import { expect, it } from 'vitest';
import { edgeAt } from '../../../protocol/index.ts';
import { edgeWindow } from '../../../server/analysis/windows/edge-window.ts';
import { fitEdge } from '../../../server/pipeline/fit/edge-fit.ts';
import { ANALYSIS_DEFAULTS } from '../../../server/pipeline/options.ts';
import { memoryCube } from '../../support/memory-cube.ts';
import { AXIS, CHANNELS, normals, spectrum } from '../../support/synthetic-cube.ts';

const SHAPE: [number, number] = [16, 16];
const PIXELS = SHAPE[0] * SHAPE[1];

it.each(['embedding', 'scores'] as const)(
  'decisions between classes in the %s are made where plans are, and change nothing else',
  async (classesIn) => {
    const normal = normals(3);
    const spectra = new Float32Array(PIXELS * CHANNELS);
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const own = spectrum(normal, { counts: 100, jump: pixel < PIXELS / 2 ? 0.5 : 1.5 });
      spectra.set(own, pixel * CHANNELS);
    }
    const input = {
      reader: memoryCube(spectra, SHAPE, CHANNELS),
      window: edgeWindow(edgeAt('Ti-L', 456), AXIS, CHANNELS),
      shape: SHAPE,
      measured: new Uint8Array(PIXELS).fill(1),
      seed: 1,
    };
    const fitted = (decides: boolean) =>
      fitEdge(
        input,
        { ...ANALYSIS_DEFAULTS, classes: 2, classesIn, decides },
        { fitEmbedding: (_, __, start) => start },
      );
    const { decisions, judge, pixels, ...rest } = await fitted(false);
    const planned = await fitted(true);
    expect(decisions.every(Number.isNaN)).toBe(true);
    expect(judge.spread).toBeUndefined();
    expect(planned.decisions.some((value) => value > 0)).toBe(true);
    expect(planned).toMatchObject(rest);
    expect(planned.labels).toEqual(rest.labels);
    expect(planned.uncertainty).toEqual(rest.uncertainty);
  },
);
