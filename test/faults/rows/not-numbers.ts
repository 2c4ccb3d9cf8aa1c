import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '../../../server/analysis/math/random.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { rowsOf } from '../small-scan.ts';
import { type FaultRow, found } from './outcome.ts';
import { PIXELS, pixelOf, pushPixels } from './push-pixels.ts';
import { isEqual, record } from './recorded.ts';
import { mapsOf, writeRows } from './undisturbed.ts';

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
const SHARE = 0.001;

/** Watches a file with samples that are no numbers and such that are negative, as after the dark was subtracted. */
async function notNumbersInFile(
  seed: number,
): Promise<{ areFinite: boolean; isBatch: boolean; lost: number }> {
  const random = createRandom(seed);
  const rows = rowsOf(seed).map((row) => {
    const samples = new Float32Array(row.slice().buffer);
    for (let i = 0; i < samples.length; i++) {
      const at = random() / SHARE;
      if (at < 1) samples[i] = at < 0.5 ? NAN : at < 0.75 ? INF : -INF;
      else if (at < 2) samples[i] = -5 * Math.sqrt(Math.abs(samples[i]));
    }
    return new Uint8Array(samples.buffer);
  });
  let [areFinite, lost] = [false, 0];
  const { sessions } = await record(({ data }) => writeRows(join(data, 'holes'), rows, () => wait(20)), {
    after: async ({ sessions: [session] }) => {
      const results = join(session.folder, 'results');
      const samplesOf = (map: string) => [...decodeNpy(readFileSync(join(results, map))).data].map(Number);
      areFinite = [...samplesOf('counts.npy'), ...samplesOf('Ti-L/intensity.npy')].every(Number.isFinite);
      lost = samplesOf('Ti-L/labels.npy').filter((label) => label < 0).length;
    },
  });
  return { areFinite, isBatch: sessions[0]?.maps === (await mapsOf(rows)), lost };
}

/** R20: samples that are no numbers, and negative ones. */
export const notNumbers: FaultRow = {
  fault: 'infinite and negative samples, 0.1 % each; NaN refused on the wire',
  wanted: 'maps finite; live = batch; wire says so',
  async run(_scale, seed) {
    let refused = 0;
    const rows = rowsOf(seed);
    const { sessions } = await record(
      async ({ url }) => {
        const pixels: [number, Uint8Array][] = [];
        for (let pixel = 0; pixel < PIXELS; pixel++) {
          const data = pixelOf(rows, pixel);
          if (pixel % 100 === 50) {
            const bad = data.slice();
            new Float32Array(bad.buffer)[7] = Number.NaN;
            pixels.push([pixel, bad]);
          }
          pixels.push([pixel, data]);
        }
        const producer = await pushPixels(url, pixels);
        refused = producer.replies.filter((reply) => reply.type === 'error' && reply.code === 'value').length;
        producer.ws.terminate();
      },
      { command: 'listen' },
    );
    const isPushed = refused === 5 && (await isEqual(sessions[0], seed));
    const { areFinite, isBatch, lost } = await notNumbersInFile(seed);
    return found(
      isPushed && areFinite && isBatch && lost === 0,
      `file: maps ${areFinite ? 'finite' : 'not finite'}, ${lost} pixels lost, live ${isBatch ? '=' : '≠'} batch; wire: ${refused} of 5 refused, scan ${isPushed ? 'equal' : 'differs'}`,
    );
  },
};
