import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Layer, ScanMessage } from '../../../protocol/index.ts';
import { PictureReader } from '../../../server/replay/picture-reader.ts';
import { ShownHistory } from '../../../server/replay/shown-history.ts';
import { ShownView } from '../../../server/replay/shown-view.ts';
import type { JournalRecord } from '../../../server/sessions/journal/journal-records.ts';

const [ROWS, COLUMNS] = [6, 3];
const LAYERS: Layer[] = [
  { id: 0, kind: 'counts', name: 'Total counts', units: 'counts', dtype: 'f32', components: 1 },
  { id: 1, kind: 'labels', name: 'classes', units: 'class', dtype: 'i16', components: 1, edge: 'Ti-L' },
];
const MESSAGE = {
  type: 'scan',
  epoch: 1,
  source: 'a test',
  scan: { shape: [ROWS, COLUMNS] },
  edges: [],
  layers: LAYERS,
} as unknown as ScanMessage;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
});
afterAll(() => rmSync(root, { recursive: true }));

interface Band {
  layer: number;
  first: number;
  rows: number;
  value: number;
}

const band = fc
  .record({
    layer: fc.nat(LAYERS.length - 1),
    first: fc.nat(ROWS - 1),
    rows: fc.integer({ min: 1, max: ROWS }),
    value: fc.nat(100),
  })
  .map((one): Band => ({ ...one, rows: Math.min(one.rows, ROWS - one.first) }));

/** A journal with the bands of each moment, whose samples lie in `pictures.raw`. */
function journalOf(moments: Band[][]): JournalRecord[] {
  const pieces: Buffer[] = [];
  let at = 0;
  const records: JournalRecord[] = [
    { topic: 'message', time: 0, content: { key: 'scan', message: MESSAGE } },
  ];
  for (const [index, bands] of moments.entries()) {
    const begin = at;
    const noted = bands.map(({ layer, first, rows, value }): [number, number, number, number, number] => {
      const samples = LAYERS[layer].dtype === 'i16' ? Int16Array : Float32Array;
      const piece = deflateRawSync(
        new Uint8Array(new samples(rows * COLUMNS).fill(value).buffer as ArrayBuffer),
      );
      pieces.push(piece);
      at += piece.length;
      return [layer, first, rows, piece.length, crc32(piece)];
    });
    records.push({ topic: 'pictures', time: index + 1, content: { at: begin, bands: noted } });
  }
  writeFileSync(join(root, 'pictures.raw'), Buffer.concat(pieces));
  return records;
}

/** Values of the rows of each layer once all bands up to a moment are painted; undefined where none was. */
function rowsAt(moments: Band[][], moment: number): (number | undefined)[][] {
  const rows = LAYERS.map(() => new Array<number | undefined>(ROWS).fill(undefined));
  for (const { layer, first, rows: count, value } of moments.slice(0, moment).flat())
    rows[layer].fill(value, first, first + count);
  return rows;
}

it('shows at every moment the newest rows, whichever moment was on show before, and tells what has changed', async () => {
  const cases = fc.record({
    moments: fc.array(fc.array(band, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
    // Far forward too: beyond a few hundred records what shows is read alone.
    padding: fc.constantFrom(0, 300),
    way: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ moments, padding, way }) => {
      const records = journalOf(moments);
      const quiet = Array.from(
        { length: padding },
        (): JournalRecord => ({ topic: 'stalled', time: 0.5, content: {} }),
      );
      const history = new ShownHistory([records[0], ...quiet, ...records.slice(1)]);
      const reader = new PictureReader(join(root, 'pictures.raw'));
      const told = new Map<number, unknown[]>();
      const view: ShownView = new ShownView(history, [ROWS, COLUMNS], reader, (change) => {
        if (change.type === 'scan') for (const { layer, data } of view.layers) told.set(layer.id, [...data]);
        if (change.type !== 'rows') return;
        const { data } = view.layers[change.layer];
        const [from, to] = [change.firstRow * COLUMNS, (change.firstRow + change.rows) * COLUMNS];
        for (let i = from; i < to; i++) (told.get(change.layer) as unknown[])[i] = data[i];
      });
      try {
        for (const part of [0, ...way]) {
          const moment = Math.round(part * moments.length);
          await view.seek(moment === 0 ? 0 : moment + padding);
          const wanted = rowsAt(moments, moment);
          for (const { layer, data } of view.layers) {
            const unmeasured = layer.dtype === 'i16' ? -2 : Number.NaN;
            const rows = wanted[layer.id].flatMap((value) =>
              new Array<number>(COLUMNS).fill(value ?? unmeasured),
            );
            expect([...data]).toEqual(rows);
            expect(told.get(layer.id)).toEqual(rows);
          }
        }
      } finally {
        await reader.close();
      }
    }),
    { numRuns: 150 },
  );
});
