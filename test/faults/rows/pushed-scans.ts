import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '../../../server/analysis/math/random.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { TestProducer } from '../../support/test-producer.ts';
import { COLUMNS, ROWS, rowsOf } from '../small-scan.ts';
import { type FaultRow, found, seconds } from './outcome.ts';
import { PIXELS, pixelOf, pushPixels, SCAN } from './push-pixels.ts';
import { isEqual, record } from './recorded.ts';
import { HEADER } from './undisturbed.ts';

/** R15: the connection breaks off, again and again. */
export const cutConnections: FaultRow = {
  fault: 'connection of the producer cut',
  wanted: 'equal; reconnected ≤ 1 s',
  async run(scale, seed) {
    const [cuts, random, rows] = [scale === 'full' ? 50 : 5, createRandom(seed), rowsOf(seed)];
    let longest = 0;
    const { sessions } = await record(
      async ({ url }) => {
        let cut = 0;
        for (;;) {
          const began = performance.now();
          const producer = await TestProducer.connect(url);
          const { next } = await producer.ask(SCAN, 'ready');
          if (cut > 0) longest = Math.max(longest, performance.now() - began);
          const isCut = cut < cuts;
          // Some pixels further, in the middle of a message.
          const last = isCut
            ? Math.min(PIXELS, next + 1 + Math.floor((random() * 2 * PIXELS) / cuts))
            : PIXELS;
          for (let pixel = next; pixel < last; pixel++)
            producer.send({ type: 'spectra', first: pixel, count: 1, data: pixelOf(rows, pixel) });
          if (isCut) {
            cut++;
            await wait(20 * random());
            await producer.drop();
            continue;
          }
          await producer.ask({ type: 'end' }, 'ack');
          producer.ws.terminate();
          return;
        }
      },
      { command: 'listen' },
    );
    const equal = sessions.length === 1 && (await isEqual(sessions[0], seed));
    return found(
      equal && longest <= 1000,
      `${equal ? 'equal' : 'differs'} after ${cuts} cuts; reconnected ≤ ${seconds(longest)}`,
    );
  },
};

/** R16: spectra that never come. */
export const droppedSpectra: FaultRow = {
  fault: 'spectra dropped: 1 %, 10 %, whole lines',
  wanted: 'missing pixels are those dropped; maps those of the kept ones alone',
  async run(scale, seed) {
    const [random, rows] = [createRandom(seed), rowsOf(seed)];
    const all = Array.from({ length: PIXELS }, (_, pixel) => pixel);
    const drops = {
      '1 %': new Set(all.filter(() => random() < 0.01)),
      '10 %': new Set(all.filter(() => random() < 0.1)),
      lines: new Set(all.filter((pixel) => [3, 17, 18].includes(Math.floor(pixel / COLUMNS)))),
    };
    const entries = Object.entries(drops).slice(scale === 'full' ? 0 : 1, scale === 'full' ? 3 : 2);
    let [masks, same] = [0, 0];
    for (const [, dropped] of entries) {
      const kept = all.filter((pixel) => !dropped.has(pixel));
      const maps: string[] = [];
      let isMasked = false;
      // In the order of the scan, and the other way round: the same pixels, the same maps.
      for (const order of [kept, kept.toReversed()])
        await record(
          async ({ url }) => {
            const producer = await pushPixels(
              url,
              order.map((pixel) => [pixel, pixelOf(rows, pixel)]),
            );
            producer.ws.terminate();
          },
          {
            command: 'listen',
            after: async ({ sessions: [session] }) => {
              maps.push(session.maps);
              const counts = decodeNpy(readFileSync(join(session.folder, 'results', 'counts.npy'))).data;
              isMasked = all.every((pixel) => Number.isNaN(Number(counts[pixel])) === dropped.has(pixel));
            },
          },
        );
      if (isMasked) masks++;
      if (maps[0] === maps[1] && maps[0] !== 'none') same++;
    }
    const n = entries.length;
    return found(
      masks === n && same === n,
      `mask right in ${masks} of ${n}, maps the same in ${same} of ${n}`,
    );
  },
};

/** R17: spectra that come twice, some of them with other content. */
export const duplicates: FaultRow = {
  fault: 'spectra twice: 10 %, 1 % with other content',
  wanted: 'equal; every conflict told, none beside',
  async run(_scale, seed) {
    const [random, rows] = [createRandom(seed), rowsOf(seed)];
    let [again, altered, told] = [0, 0, 0];
    const { sessions } = await record(
      async ({ url }) => {
        const pixels: [number, Uint8Array][] = [];
        for (let pixel = 0; pixel < PIXELS; pixel++) {
          const data = pixelOf(rows, pixel);
          pixels.push([pixel, data]);
          if (random() < 0.1 && ++again) pixels.push([pixel, data]);
          if (random() < 0.01 && ++altered) {
            const other = data.slice();
            other[4] ^= 1;
            pixels.push([pixel, other]);
          }
        }
        const producer = await pushPixels(url, pixels);
        told = producer.replies.filter((reply) => reply.type === 'error' && reply.code === 'conflict').length;
        producer.ws.terminate();
      },
      { command: 'listen' },
    );
    const equal = sessions.length === 1 && (await isEqual(sessions[0], seed));
    return found(
      equal && told === altered,
      `${equal ? 'equal' : 'differs'} with ${again} repeated; ${told} of ${altered} conflicts told`,
    );
  },
};

/** R18: spectra out of order. */
export const outOfOrder: FaultRow = {
  fault: 'spectra out of order, within 64 and within the scan',
  wanted: 'equal',
  async run(scale, seed) {
    const [random, rows] = [createRandom(seed), rowsOf(seed)];
    const widths = scale === 'full' ? [64, PIXELS] : [PIXELS];
    let equal = 0;
    for (const width of widths) {
      const keys = Array.from({ length: PIXELS }, (_, pixel) => Math.floor(pixel / width) + random());
      const order = keys.map((_, pixel) => pixel).sort((a, b) => keys[a] - keys[b]);
      const { sessions } = await record(
        async ({ url }) => {
          const producer = await pushPixels(
            url,
            order.map((pixel) => [pixel, pixelOf(rows, pixel)]),
          );
          producer.ws.terminate();
        },
        { command: 'listen' },
      );
      if (sessions.length === 1 && (await isEqual(sessions[0], seed))) equal++;
    }
    return found(equal === widths.length, `${equal} of ${widths.length} equal`);
  },
};

/** R24: another scan from the same producer, with other dimensions and another axis. */
export const otherDimensions: FaultRow = {
  fault: 'begun anew with other dimensions and axis',
  wanted: 'own scan each, 0 pixels mixed, ≤ 1 s',
  async run(_scale, seed) {
    const rows = rowsOf(seed);
    const half = ROWS / 2;
    // The same bytes read as twice as many rows of half the channels.
    const other = {
      ...SCAN,
      id: 'other',
      shape: [COLUMNS, ROWS * 2],
      channels: HEADER.channels / 2,
      energy: { ...HEADER.energy, dispersion: 2 * HEADER.energy.dispersion },
    };
    let ms = Infinity;
    const { sessions } = await record(
      async ({ url }) => {
        const producer = await TestProducer.connect(url);
        await producer.ask(SCAN, 'ready');
        for (let row = 0; row < half; row++)
          producer.send({ type: 'spectra', first: row * COLUMNS, count: COLUMNS, data: rows[row] });
        const began = performance.now();
        await producer.ask(other, 'ready');
        ms = performance.now() - began;
        for (let row = 0; row < ROWS; row++)
          producer.send({ type: 'spectra', first: 2 * row * COLUMNS, count: 2 * COLUMNS, data: rows[row] });
        await producer.ask({ type: 'end' }, 'ack');
        producer.ws.terminate();
      },
      { command: 'listen', scans: 2 },
    );
    const part = Buffer.concat(rows.slice(0, half));
    const isPart = sessions.some(
      ({ status, counts }) =>
        status === 'aborted' &&
        counts.subarray(0, part.length).equals(part) &&
        counts.subarray(part.length).every((byte) => byte === 0),
    );
    const isWhole = sessions.some(
      ({ status, counts }) => status === 'complete' && counts.equals(Buffer.concat(rows)),
    );
    return found(
      isPart && isWhole && sessions.length === 2 && ms <= 1000,
      `${sessions.length} scans (${sessions.map(({ status }) => status).join(', ')}), ${isPart && isWhole ? 'none mixed' : 'mixed'}, ${seconds(ms)}`,
    );
  },
};
