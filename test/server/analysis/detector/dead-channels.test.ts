import { describe, expect, it } from 'vitest';
import { badChannels } from '../../../../server/analysis/detector/bad-channels.ts';
import { DEAD_ROWS, DeadChannels } from '../../../../server/analysis/detector/dead-channels.ts';
import { createRandom } from '../../../../server/analysis/math/random.ts';
import { normals } from '../../../support/synthetic-cube.ts';

const WIDTH = 64;
const DEAD = [1, 20, 21, 63];

/** Verdicts on spectra of about `mean` counts per channel, of which `DEAD` hold nothing but `spikes` x-rays each. */
function verdicts(spectra: number, mean: number, spikes: number, blocks = 1) {
  const normal = normals(3);
  const random = createRandom(5);
  const hits = new Map<number, Set<number>>(
    DEAD.map((channel) => [
      channel,
      new Set(Array.from({ length: spikes }, () => Math.floor(spectra * random()))),
    ]),
  );
  const all = new DeadChannels(WIDTH);
  const total = new Float64Array(WIDTH);
  for (let block = 0, at = 0; block < blocks; block++) {
    const own = new DeadChannels(WIDTH);
    const sums = new Float64Array(WIDTH);
    own.begin();
    for (const end = Math.floor((spectra * (block + 1)) / blocks); at < end; ) {
      const rows = Math.min(DEAD_ROWS, end - at);
      for (let row = at; row < at + rows; row++)
        for (let i = 0; i < WIDTH; i++)
          sums[i] += hits.has(i) ? 20_000 * Number(hits.get(i)?.has(row)) : mean + Math.sqrt(mean) * normal();
      own.add(sums, rows);
      at += rows;
    }
    all.merge(own.drain());
    for (let i = 0; i < WIDTH; i++) total[i] += sums[i];
  }
  const marked = (bad: Uint8Array) => [...bad.keys()].filter((i) => bad[i]);
  return {
    bySum: marked(badChannels(total, spectra)),
    dead: marked(all.mark(new Uint8Array(WIDTH))),
  };
}

describe('a dead channel', () => {
  it.each([
    [4096, 50, 4],
    [4096, 5, 4],
    [1000, 100, 3],
    [300, 250, 1],
    [65_536, 50, 70],
  ])('of %d spectra with %d counts stays dead with %d x-rays in it', (spectra, mean, spikes) => {
    const { bySum, dead } = verdicts(spectra, mean, spikes);
    expect(bySum).not.toEqual(DEAD);
    expect(dead).toEqual(DEAD);
  });

  it('is the same for any blocks that are added up', () => {
    expect(verdicts(4096, 50, 4, 7).dead).toEqual(DEAD);
  });

  it('is none where too few spectra, or too few counts, tell', () => {
    expect(verdicts(150, 50, 0).dead).toEqual([]);
    expect(verdicts(4096, 0.1, 0).dead).toEqual([]);
  });
});
