import { createHash } from 'node:crypto';
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../../protocol/index.ts';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import { pixelOfRecord, recordCount } from '../../../../server/formats/scan-order.ts';
import { formatRippleHeader, type RippleHeader } from '../../../../server/formats/text/ripple-header.ts';
import { createRippleWriter } from '../../../../server/formats/text/ripple-writer.ts';
import type { WatchOptions } from '../../../../server/sources/folders/directory.ts';
import { type DmImage, dmFile } from '../../../support/dm-file.ts';
import { Watched } from '../../../support/watched.ts';

let folder: string;
let stem: string;
const running: Watched[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-watch-'));
  stem = join(folder, 'scan');
});
afterEach(async () => {
  for (const watched of running.splice(0)) await watched.stop().catch(() => {});
  await rm(folder, { recursive: true });
});

function watched(path: string, options: WatchOptions = {}): Watched {
  const started = new Watched(path, options);
  running.push(started);
  return started;
}

const HEADER: RippleHeader = {
  shape: [6, 5],
  channels: 4,
  dtype: 'u16',
  energy: { offset: 80, dispersion: 0.5, units: 'eV' },
};
const PIXELS = 30;
const RECORD = 8;

/** Records of a scan, each holding its number and `seed`; never all fill. */
function records(header: RippleHeader, seed = 0): Uint8Array<ArrayBuffer> {
  const { channels } = header;
  const count = recordCount({ order: 'raster', flybackColumns: 0, ...header });
  const samples = new Uint16Array(count * channels);
  for (let record = 0; record < count; record++)
    for (let channel = 0; channel < channels; channel++)
      samples[record * channels + channel] = 1 + record * 7 + channel + seed * 1000;
  return new Uint8Array(samples.buffer);
}

async function writeScan(path: string, header: RippleHeader, bytes: Uint8Array): Promise<void> {
  await writeFile(`${path}.raw`, bytes);
  await writeFile(`${path}.rpl`, formatRippleHeader(header));
}

/** As if it had been lying there for long. */
async function age(...paths: string[]): Promise<void> {
  const longAgo = Date.now() / 1000 - 3600;
  for (const path of paths) await utimes(path, longAgo, longAgo);
}

/** Spectra of the newest scan as they can be read now, against what was written. */
async function expectSpectra(source: Watched, header: RippleHeader, seed = 0): Promise<void> {
  const { core } = source.scan.opening;
  const bytes = records(header, seed);
  const written = new Uint16Array(bytes.buffer);
  const cube = await openCube(core);
  const out = new Float32Array(header.channels);
  for (let record = 0; record < recordCount(core); record++) {
    const pixel = pixelOfRecord(core, record);
    if (pixel === undefined || source.scan.measured[0][pixel] === 0) continue;
    await cube.read(pixel, 1, 0, header.channels, out);
    expect([...out]).toEqual([...written.subarray(record * header.channels, (record + 1) * header.channels)]);
  }
  await cube.close();
}

const allOnce = (count = PIXELS) => new Array(count).fill(1);

/** Deterministic numbers in [1, most]. */
function* sizes(most: number): Generator<number> {
  for (let state = 12345; ; ) {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    yield 1 + (state % most);
  }
}

async function appendInPieces(
  path: string,
  bytes: Uint8Array,
  most: number,
  between: () => Promise<unknown>,
): Promise<void> {
  const size = sizes(most);
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + size.next().value!);
    await appendFile(path, bytes.subarray(at, end));
    at = end;
    await between();
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a scan that grows', () => {
  it.each<[string, Partial<RippleHeader>]>([
    ['raster', {}],
    ['serpentine with fly-back', { order: 'serpentine', flybackColumns: 2 }],
  ])('in odd pieces is reported spectrum by spectrum, each once (%s)', async (_name, order) => {
    const header = { ...HEADER, ...order };
    const source = watched(folder);
    const writer = await createRippleWriter(stem, header);
    const bytes = records(header);
    const size = sizes(23);
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + size.next().value!);
      await writer.append(bytes.subarray(at, end));
      at = end;
      // Sometimes the watcher keeps up, sometimes several pieces come at once.
      if (end % 3 === 0 && end > RECORD) {
        const complete = Math.floor(end / RECORD);
        const scan = { order: 'raster' as const, flybackColumns: 0, ...header };
        const pixels = Array.from({ length: complete }, (_, i) => pixelOfRecord(scan, i));
        const expected = pixels.filter((pixel) => pixel !== undefined).length;
        await source.until(() => source.pixels === expected);
        await expectSpectra(source, header);
      }
    }
    await writer.close();
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    expect(source.scan.measured).toEqual([allOnce()]);
    expect(source.scan.ends).toEqual(['complete']);
    expect(source.scan.opening.scan).toMatchObject({ id: 'scan', name: 'scan', shape: [6, 5], channels: 4 });
    expect(source.everAlerted).toEqual([]);
    await expectSpectra(source, header);
  });

  it('waits for the rest of a torn record', async () => {
    const source = watched(folder);
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 3 * RECORD + 7));
    await source.until(() => source.pixels === 3);
    await pause(50);
    expect(source.pixels).toBe(3);
    await appendFile(`${stem}.raw`, records(HEADER).subarray(3 * RECORD + 7, 4 * RECORD));
    await source.until(() => source.pixels === 4);
    expect(source.scan.ends).toEqual([]);
  });

  it('is complete without the fly-back of its last row', async () => {
    const header: RippleHeader = { ...HEADER, flybackColumns: 2 };
    const source = watched(folder);
    await writeScan(stem, header, records(header).subarray(0, -2 * RECORD));
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    expect(source.scan.ends).toEqual(['complete']);
    expect(source.scan.measured).toEqual([allOnce()]);
  });

  it('in several passes reports each pass', async () => {
    const header: RippleHeader = { ...HEADER, passes: 2 };
    const source = watched(folder);
    const writer = await createRippleWriter(stem, header);
    await writer.append(records(HEADER));
    await source.until(() => source.pixels === PIXELS);
    expect(source.scan.ends).toEqual([]);
    await writer.append(records(HEADER).subarray(0, 8 * RECORD), 1);
    await source.until(() => source.pixels === PIXELS + 8);
    await writer.append(records(HEADER).subarray(8 * RECORD), 1);
    await source.until(() => source.scan.ends.length > 0);
    await writer.close();
    expect(source.scan.measured).toEqual([allOnce(), allOnce()]);
    expect(source.scan.ends).toEqual(['complete']);
  });

  it('counts a pixel once its low loss is complete too, and sends scalar channels', async () => {
    const source = watched(folder);
    const lowLoss = await createRippleWriter(`${stem}.low-loss`, { ...HEADER, channels: 3 });
    const haadf = await createRippleWriter(`${stem}.haadf`, { shape: [6, 5], channels: 1, dtype: 'f32' });
    const core = await createRippleWriter(stem, HEADER);
    await core.append(records(HEADER).subarray(0, 10 * RECORD));
    await lowLoss.append(records({ ...HEADER, channels: 3 }).subarray(0, 4 * 6 + 5));
    await source.until(() => source.pixels === 4);
    expect(source.scan.opening.scan.lowLoss).toMatchObject({ channels: 3 });
    expect(source.scan.opening.lowLoss?.paths).toEqual([`${stem}.low-loss.raw`]);
    await lowLoss.append(records({ ...HEADER, channels: 3 }).subarray(4 * 6 + 5));
    await source.until(() => source.pixels === 10);
    const values = Float32Array.from({ length: PIXELS }, (_, pixel) => pixel / 7);
    await haadf.append(new Uint8Array(values.buffer, 0, 4 * 12 + 2));
    await source.until(() => source.scan.channels['HAADF']?.[11] > 0);
    expect(source.scan.channels['HAADF'][12]).toBeNaN();
    await haadf.append(new Uint8Array(values.buffer).subarray(4 * 12 + 2));
    await core.append(records(HEADER).subarray(10 * RECORD));
    await source.until(() => source.scan.ends.length > 0);
    for (const writer of [core, lowLoss, haadf]) await writer.close();
    expect(source.scan.channels).toEqual({ HAADF: values });
    expect(source.scan.measured).toEqual([allOnce()]);
    expect(source.scans).toHaveLength(1);
    expect(source.everAlerted).toEqual([]);
  });

  it('takes up a scalar channel that comes later, as the mean of its passes', async () => {
    const source = watched(folder);
    await writeScan(stem, { ...HEADER, passes: 2 }, records(HEADER).subarray(0, 10 * RECORD));
    await source.until(() => source.pixels === 10);
    const scalar: RippleHeader = { shape: [6, 5], channels: 1, dtype: 'u16', passes: 2 };
    await writeFile(`${stem}.adf.pass1.raw`, new Uint16Array(3).fill(20));
    await writeScan(`${stem}.adf`, scalar, new Uint8Array(new Uint16Array(6).fill(10).buffer));
    await source.until(() => source.scan.channels['ADF']?.[2] === 15);
    expect([...source.scan.channels['ADF'].subarray(0, 7)]).toEqual([15, 15, 15, 10, 10, 10, Number.NaN]);
  });
});

describe('a scan that does not go on', () => {
  it('is stalled, then aborted, and goes on after all', async () => {
    const source = watched(folder, { times: { stallMs: 100, abortMs: 200 } });
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 7 * RECORD));
    await source.until(() => source.scans.length === 1 && source.scan.ends.length === 1);
    expect(source.scan).toMatchObject({ stalled: 1, ends: ['aborted'] });
    await appendFile(`${stem}.raw`, records(HEADER).subarray(7 * RECORD, 9 * RECORD));
    await source.until(() => source.scan.ends.length === 2);
    expect(source.scan).toMatchObject({ stalled: 2, ends: ['aborted', 'aborted'] });
    await appendFile(`${stem}.raw`, records(HEADER).subarray(9 * RECORD));
    await source.until(() => source.scan.ends.length === 3);
    expect(source.scan.ends).toEqual(['aborted', 'aborted', 'complete']);
    expect(source.scan.measured).toEqual([allOnce()]);
    expect(source.scans).toHaveLength(1);
  });

  it.each(['is gone', 'stops'])('is stalled when its low loss %s, though the core grows', async (what) => {
    const source = watched(folder, { times: { stallMs: 100 } });
    const lowLoss = { ...HEADER, channels: 3 };
    const samples = records(lowLoss);
    await writeScan(`${stem}.low-loss`, lowLoss, samples.subarray(0, 4 * 6));
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 5 * RECORD));
    await source.until(() => source.pixels === 4);
    if (what === 'is gone') await rename(`${stem}.low-loss.raw`, join(folder, 'away'));
    for (let at = 5; at < 25 && source.scan.stalled === 0; at++) {
      await appendFile(`${stem}.raw`, records(HEADER).subarray(at * RECORD, (at + 1) * RECORD));
      await pause(40);
    }
    expect(source.scan).toMatchObject({ stalled: 1, ends: [] });
    expect(source.pixels).toBe(4);
    if (what === 'is gone') {
      await source.until(() => source.alerts.has('low-loss:scan'));
      expect(source.alerts.get('low-loss:scan')).toMatchObject({
        severity: 'error',
        message: `${stem}.low-loss.raw: low loss: it is gone, and its spectra can no longer be read; the scan goes on once it is back`,
      });
      await rename(join(folder, 'away'), `${stem}.low-loss.raw`);
    }
    await writeFile(`${stem}.low-loss.raw`, samples);
    await writeFile(`${stem}.raw`, records(HEADER));
    await source.until(() => source.scan.ends.length > 0);
    expect(source.scan).toMatchObject({ ends: ['complete'], measured: [allOnce()] });
    expect(source.scans).toHaveLength(1);
    expect([...source.alerts.keys()]).toEqual([]);
    await unlink(`${stem}.low-loss.raw`);
    await source.until(() => source.alerts.has('low-loss:scan'));
    expect(source.alerts.get('low-loss:scan')?.severity).toBe('warning');
  });

  it('is over when another one begins', async () => {
    const source = watched(folder);
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 7 * RECORD));
    await source.until(() => source.pixels === 7);
    const other: RippleHeader = { ...HEADER, shape: [2, 3], channels: 6 };
    await writeScan(join(folder, 'other'), other, records(other));
    await source.until(() => source.scans.length === 2 && source.scan.ends.length > 0);
    expect(source.scans[0].ends).toEqual(['aborted']);
    expect(source.scans[1].ends).toEqual(['complete']);
    expect(source.scans[1].measured).toEqual([allOnce(6)]);
    await expectSpectra(source, other);
  });

  it('is opened again when it goes on while no other scan is in progress', async () => {
    const source = watched(folder);
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 7 * RECORD));
    await source.until(() => source.pixels === 7);
    await writeScan(join(folder, 'other'), HEADER, records(HEADER, 1).subarray(0, 3 * RECORD));
    await source.until(() => source.scans.length === 2 && source.pixels === 3);
    await appendFile(`${stem}.raw`, records(HEADER).subarray(7 * RECORD, 9 * RECORD));
    await source.until(() => source.alerts.has(`waiting:${stem}.rpl`));
    await appendFile(join(folder, 'other.raw'), records(HEADER, 1).subarray(3 * RECORD));
    await source.until(() => source.scans.length === 3 && source.pixels === 9);
    expect(source.scans.map(({ opening }) => opening.scan.id)).toEqual(['scan', 'other', 'scan#2']);
    expect(source.scans[1].measured).toEqual([allOnce()]);
    expect([...source.alerts.keys()]).toEqual([]);
    await expectSpectra(source, HEADER);
  });

  it('and whose file disappears is aborted with an error, and begins anew when it comes back', async () => {
    const source = watched(folder);
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 7 * RECORD));
    await source.until(() => source.pixels === 7);
    await unlink(`${stem}.raw`);
    await unlink(`${stem}.rpl`);
    await source.until(() => source.alerts.has(`gone:${stem}.rpl`) && source.scan.ends.length > 0);
    expect(source.alerts.get(`gone:${stem}.rpl`)).toMatchObject({
      severity: 'error',
      message: `${stem}.rpl: file: it is gone, and its spectra can no longer be read; the scan goes on once it is back`,
    });
    expect(source.scan.ends).toEqual(['aborted']);
    await writeScan(stem, HEADER, records(HEADER));
    await source.until(() => source.scans.length === 2 && source.scan.ends.length > 0);
    expect(source.scan.opening.scan.id).toBe('scan#2');
    expect([...source.alerts.keys()]).toEqual([]);
  });
});

describe('a file that is written anew', () => {
  it('from its beginning is another scan', async () => {
    const source = watched(folder);
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 20 * RECORD));
    await source.until(() => source.pixels === 20);
    await truncate(`${stem}.raw`, 0);
    await appendFile(`${stem}.raw`, records(HEADER, 1).subarray(0, 5 * RECORD));
    await source.until(() => source.scans.length === 2 && source.pixels === 5);
    expect(source.scans[0].ends).toEqual(['aborted']);
    expect(source.scan.opening.scan).toMatchObject({ id: 'scan#2', name: 'scan' });
    await appendFile(`${stem}.raw`, records(HEADER, 1).subarray(5 * RECORD));
    await source.until(() => source.scan.ends.length > 0);
    expect(source.scan.measured).toEqual([allOnce()]);
    await expectSpectra(source, HEADER, 1);
  });

  it('by renaming another over it is another scan, whatever its size', async () => {
    const source = watched(folder);
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 20 * RECORD));
    await source.until(() => source.pixels === 20);
    await writeFile(join(folder, 'other'), records(HEADER, 1));
    await rename(join(folder, 'other'), `${stem}.raw`);
    await source.until(() => source.scans.length === 2 && source.scan.ends.length > 0);
    expect(source.scans[0].ends).toEqual(['aborted']);
    expect(source.scan.measured).toEqual([allOnce()]);
    await expectSpectra(source, HEADER, 1);
  });

  it('in place, with size and time unchanged, is found by its content', async () => {
    const source = watched(folder);
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 20 * RECORD));
    await source.until(() => source.pixels === 20);
    const { atime, mtime } = await stat(`${stem}.raw`);
    const file = await open(`${stem}.raw`, 'r+');
    await file.write(records(HEADER, 1).subarray(0, 20 * RECORD), 0, 20 * RECORD, 0);
    await file.utimes(atime, mtime);
    await file.close();
    await source.until(() => source.scans.length === 2 && source.pixels === 20);
    await expectSpectra(source, HEADER, 1);
  });

  it('with another header is another scan, without a pixel of the first', async () => {
    const source = watched(folder);
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 20 * RECORD));
    await source.until(() => source.pixels === 20);
    const other: RippleHeader = { ...HEADER, shape: [3, 4], channels: 6 };
    const writer = await createRippleWriter(stem, other);
    await writer.append(records(other, 1));
    await writer.close();
    await source.until(() => source.scan.opening.scan.shape[0] === 3 && source.scan.ends.length > 0);
    expect(source.scan.measured).toEqual([allOnce(12)]);
    await expectSpectra(source, other, 1);
  });

  it('in its header alone is another scan, unless the header says the same', async () => {
    const source = watched(folder);
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 20 * RECORD));
    await source.until(() => source.pixels === 20);
    await writeFile(`${stem}.rpl`, '');
    await pause(50);
    await writeFile(`${stem}.rpl`, formatRippleHeader(HEADER));
    await appendFile(`${stem}.raw`, records(HEADER).subarray(20 * RECORD, 21 * RECORD));
    await source.until(() => source.pixels === 21);
    expect(source.scans).toHaveLength(1);
    const energy = { offset: 81, dispersion: 0.5, units: 'eV' as const };
    await writeFile(`${stem}.rpl`, formatRippleHeader({ ...HEADER, energy }));
    await source.until(() => source.scans.length === 2 && source.pixels === 21);
    expect(source.scan.opening.scan.energy).toEqual(energy);
  });

  it('is not what a size is that jumps back for a moment', async () => {
    const source = watched(folder, { times: { shrinkMs: 2000 } });
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 20 * RECORD));
    await source.until(() => source.pixels === 20);
    await truncate(`${stem}.raw`, 13 * RECORD + 3);
    await pause(50);
    await appendFile(`${stem}.raw`, records(HEADER).subarray(13 * RECORD + 3));
    await source.until(() => source.scan.ends.length > 0);
    expect(source.scans).toHaveLength(1);
    expect(source.scan.measured).toEqual([allOnce()]);
  });
});

describe('a file of full size from the start', () => {
  async function allocated(header: RippleHeader, fill = 0): Promise<void> {
    await writeScan(stem, header, new Uint8Array(records(header).length).fill(fill));
  }
  async function fillIn(header: RippleHeader, from: number, to: number): Promise<void> {
    const file = await open(`${stem}.raw`, 'r+');
    await file.write(records(header), from * RECORD, (to - from) * RECORD, from * RECORD);
    await file.close();
  }

  it.each([
    ['zeros', 0],
    ['another value', 0xff],
  ])('is followed by its content, %s not being data', async (_name, fill) => {
    const source = watched(folder);
    await allocated(HEADER, fill);
    await source.until(() => source.alerts.has('inferred:scan'));
    expect(source.alerts.get('inferred:scan')?.severity).toBe('info');
    await fillIn(HEADER, 0, 11);
    await source.until(() => source.pixels >= 10);
    await source.until(() => source.pixels >= 11);
    for (let row = 2; row < 6; row++) {
      await fillIn(HEADER, row === 2 ? 11 : row * 5, row * 5 + 5);
      await source.until(() => source.pixels >= row * 5);
      expect(source.pixels).toBeLessThanOrEqual(row * 5 + 5);
    }
    await source.until(() => source.scan.ends.length > 0);
    expect(source.scan.ends).toEqual(['complete']);
    expect(source.scan.measured).toEqual([allOnce()]);
    await expectSpectra(source, HEADER);
  });

  it('shows a row only when the next one has begun or it has been quiet, and never what is still fill', async () => {
    const source = watched(folder, { times: { quietMs: 60_000 } });
    await allocated(HEADER);
    await source.until(() => source.alerts.has('inferred:scan'));
    await fillIn(HEADER, 0, 5);
    await pause(60);
    expect(source.pixels).toBe(0);
    await fillIn(HEADER, 5, 6);
    await source.until(() => source.pixels === 5);
  });

  it('skips empty rows only when something follows', async () => {
    const source = watched(folder);
    await allocated(HEADER);
    await source.until(() => source.alerts.has('inferred:scan'));
    await fillIn(HEADER, 0, 5);
    await fillIn(HEADER, 21, 22);
    await source.until(() => source.pixels === 22);
    expect(source.scan.ends).toEqual([]);
  });

  it('is a finished one when it had been lying there for long', async () => {
    await allocated(HEADER);
    await age(`${stem}.raw`, `${stem}.rpl`);
    const source = watched(folder);
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    expect(source.scan).toMatchObject({ ends: ['complete'], measured: [allOnce()] });
    expect(source.everAlerted).toEqual([]);
  });
});

const SPECTRUM_IMAGE: DmImage = {
  dimensions: [
    { size: 3, origin: 0, scale: 1, units: '' },
    { size: 2, origin: 0, scale: 1, units: '' },
    { size: 4, origin: -700, scale: 0.5, units: 'eV' },
  ],
  dataType: 10,
  data: new Uint8Array(48).fill(1),
  signal: 'EELS',
};

const LARGER_IMAGE: DmImage = {
  ...SPECTRUM_IMAGE,
  dimensions: SPECTRUM_IMAGE.dimensions.map((each, index) => (index < 2 ? { ...each, size: 6 } : each)),
  data: new Uint8Array(6 * 6 * 4 * 2).fill(1),
};

describe('files that are written whole', () => {
  it('are taken once they rest, not while they are being written', async () => {
    const source = watched(folder);
    const bytes = dmFile(4, [SPECTRUM_IMAGE]);
    const path = join(folder, 'late.dm4');
    await appendInPieces(path, bytes, 200, () => pause(5));
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    expect(source.scan).toMatchObject({ ends: ['complete'], measured: [allOnce(6)] });
    expect(source.everAlerted).toEqual([]);
  });

  it('are left alone for as long as they are touched', async () => {
    const source = watched(folder, { times: { settleMs: 1500 } });
    const path = join(folder, 'touched.dm4');
    await writeFile(path, dmFile(4, [SPECTRUM_IMAGE]));
    for (let touch = 0; touch < 20; touch++) {
      // Not an old time: a file of long ago that is there from the start is taken at once.
      const time = Date.now() / 1000 + touch;
      await utimes(path, time, time);
      await pause(10);
    }
    expect(source.events).toEqual([]);
    await source.until(() => source.scans.length === 1);
  });

  it('that are no EELS are refused with one error, and the next file is opened', async () => {
    const source = watched(folder);
    const path = join(folder, 'a-eds.dm4');
    await writeFile(path, dmFile(4, [{ ...SPECTRUM_IMAGE, signal: 'X-ray' }]));
    await source.until(() => source.alerts.has(`open:${path}`));
    expect(source.alerts.get(`open:${path}`)).toEqual({
      id: `open:${path}`,
      severity: 'error',
      message: `${path}: signal: expected EELS spectra with an axis in eV, found X-ray of 3 × 2 × 4 in eV`,
    });
    await writeFile(join(folder, 'b.dm4'), dmFile(4, [SPECTRUM_IMAGE]));
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    await pause(300);
    expect(source.everAlerted).toHaveLength(1);
    await unlink(path);
    await source.until(() => source.alerts.size === 0);
  });

  it('that are cut short are refused, and opened when the rest has come', async () => {
    const source = watched(folder);
    const bytes = dmFile(3, [SPECTRUM_IMAGE]);
    const path = join(folder, 'cut.dm3');
    await writeFile(path, bytes.subarray(0, 300));
    await source.until(() => source.alerts.has(`open:${path}`));
    expect(source.alerts.get(`open:${path}`)?.message).toMatch(
      /cut\.dm3: size: expected \d+ bytes at \d+, found/,
    );
    await appendFile(path, bytes.subarray(300));
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    expect(source.alerts.size).toBe(0);
  });

  it('are opened one after the other in the order in which they come, each once', async () => {
    const source = watched(folder);
    for (const name of ['c', 'a', 'b']) {
      await writeFile(join(folder, `${name}.dm4`), dmFile(4, [SPECTRUM_IMAGE]));
      await source.until(() => source.scans.at(-1)?.opening.scan.id === name && source.scan.ends.length > 0);
    }
    await pause(300);
    expect(source.scans.map(({ opening }) => opening.scan.id)).toEqual(['c', 'a', 'b']);
  });

  it('wait while a scan is in progress', async () => {
    const source = watched(folder);
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 7 * RECORD));
    await source.until(() => source.pixels === 7);
    const path = join(folder, 'beside.dm4');
    await writeFile(path, dmFile(4, [LARGER_IMAGE]));
    await source.until(() => source.alerts.has(`waiting:${path}`));
    await pause(150);
    await appendFile(`${stem}.raw`, records(HEADER).subarray(7 * RECORD));
    await source.until(() => source.scans.length === 2 && source.scan.ends.length > 0);
    expect(source.scans[0]).toMatchObject({ ends: ['complete'], measured: [allOnce()] });
    expect(source.alerts.size).toBe(0);
    expect(source.everAlerted).toHaveLength(1);
  });

  it('are read again when they are overwritten', async () => {
    const path = join(folder, 'a.dm4');
    await writeFile(path, dmFile(4, [SPECTRUM_IMAGE]));
    const source = watched(path);
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    const line = {
      ...SPECTRUM_IMAGE,
      dimensions: SPECTRUM_IMAGE.dimensions.slice(1),
      data: new Uint8Array(16),
    };
    await writeFile(path, dmFile(4, [line]));
    await source.until(() => source.scans.length === 2 && source.scan.ends.length > 0);
    expect(source.scan.opening.scan).toMatchObject({ id: 'a#2', shape: [1, 2] });
  });
});

describe('headers', () => {
  it('are waited for while they are being written', async () => {
    const source = watched(folder, { times: { settleMs: 5000 } });
    const text = formatRippleHeader(HEADER);
    await writeFile(`${stem}.raw`, records(HEADER));
    await writeFile(`${stem}.rpl`, '');
    for (let at = 0; at < text.length; at += 20) {
      await appendFile(`${stem}.rpl`, text.slice(at, at + 20));
      await pause(5);
    }
    await source.until(() => source.pixels === PIXELS);
    expect(source.everAlerted).toEqual([]);
    expect(source.scan.opening.scan.energy).toEqual(HEADER.energy);
  });

  it('that are wrong are reported once, and the error goes when they are right', async () => {
    const source = watched(folder);
    const text = formatRippleHeader(HEADER);
    await writeFile(`${stem}.raw`, records(HEADER));
    await writeFile(`${stem}.rpl`, text.replace('width\t5', 'width\t-5'));
    await source.until(() => source.alerts.has(`open:${stem}.rpl`));
    expect(source.alerts.get(`open:${stem}.rpl`)?.message).toBe(
      `${stem}.rpl: width: expected a whole number from 1 to 16777216, found "-5"`,
    );
    await pause(300);
    expect(source.everAlerted).toHaveLength(1);
    await writeFile(`${stem}.rpl`, text);
    await source.until(() => source.pixels === PIXELS);
    expect(source.alerts.size).toBe(0);
  });

  it('are answered with both sizes when the samples do not fit', async () => {
    const source = watched(folder);
    await writeScan(stem, HEADER, new Uint8Array(PIXELS * RECORD + 1));
    await source.until(() => source.alerts.size > 0);
    expect(source.everAlerted[0]).toContain(`expected at most ${PIXELS * RECORD} bytes`);
    expect(source.everAlerted[0]).toContain(`found ${PIXELS * RECORD + 1}`);
  });
});

describe('a folder that holds scans at the start', () => {
  it('has its newest opened, and the others only when they change', async () => {
    for (const [index, name] of ['new', 'older', 'oldest'].entries()) {
      const path = join(folder, name);
      await writeScan(path, HEADER, records(HEADER, index));
      const time = Date.now() / 1000 - 1000 * (index + 1);
      for (const suffix of ['raw', 'rpl']) await utimes(`${path}.${suffix}`, time, time);
    }
    const source = watched(folder);
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    await pause(200);
    expect(source.scans.map(({ opening }) => opening.scan.id)).toEqual(['new']);
    await writeScan(join(folder, 'oldest'), HEADER, records(HEADER, 5));
    await source.until(() => source.scans.length === 2 && source.pixels === PIXELS);
    expect(source.scan.opening.scan.id).toBe('oldest');
  });

  it('has the next one opened when the newest is refused', async () => {
    await writeScan(stem, HEADER, records(HEADER));
    await age(`${stem}.raw`, `${stem}.rpl`);
    const path = join(folder, 'eds.dm4');
    await writeFile(path, dmFile(4, [{ ...SPECTRUM_IMAGE, signal: 'X-ray' }]));
    const source = watched(folder);
    await source.until(() => source.scans.length === 1 && source.alerts.has(`open:${path}`));
    expect(source.scan.opening.scan.id).toBe('scan');
  });

  it('is left as it is', async () => {
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 100));
    await writeFile(join(folder, 'a.msa'), 'no spectrum');
    await mkdir(join(folder, 'folder.rpl'));
    const state = async () => {
      const names = (await readdir(folder)).sort();
      const files = names.filter((name) => name !== 'folder.rpl');
      const contents = await Promise.all(files.map((name) => readFile(join(folder, name))));
      const stats = await Promise.all(names.map((name) => stat(join(folder, name))));
      const hash = createHash('sha256').update(Buffer.concat(contents)).digest('hex');
      return { names, hash, times: stats.map(({ mtimeMs, mode, ino }) => [mtimeMs, mode, ino]) };
    };
    const before = await state();
    const source = watched(folder);
    await source.until(() => source.pixels > 0 && source.alerts.size > 0);
    await source.stop();
    expect(await state()).toEqual(before);
  });
});

describe('without events', () => {
  it('everything is found by polling', async () => {
    const source = watched(folder, { poll: true });
    const writer = await createRippleWriter(stem, HEADER);
    await appendInPieces(`${stem}.raw`, records(HEADER), 100, () => pause(2));
    await writer.close();
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    expect(source.scan.measured).toEqual([allOnce()]);
    expect(source.everAlerted).toEqual([]);
  });
});

describe('once', () => {
  it('reads a file to its present end and finishes', async () => {
    await writeScan(stem, HEADER, records(HEADER).subarray(0, 7 * RECORD + 3));
    await writeScan(`${stem}.haadf`, { shape: [6, 5], channels: 1, dtype: 'u8' }, new Uint8Array(30).fill(3));
    const source = await watched(`${stem}.rpl`, { once: true }).finished();
    expect(source.pixels).toBe(7);
    expect(source.scan.ends).toEqual(['aborted']);
    expect(source.scan.channels['HAADF']).toEqual(new Float32Array(30).fill(3));
    await writeFile(`${stem}.raw`, records(HEADER));
    const again = await watched(folder, { once: true }).finished();
    expect(again.scan).toMatchObject({ ends: ['complete'], measured: [allOnce()] });
    expect(again.events.map(({ type }) => type)).toEqual(['scan', 'measured', 'channel', 'end']);
  });

  it('recovers every whole spectrum of a file cut anywhere', async () => {
    const header: RippleHeader = { ...HEADER, byteOffset: 3 };
    const bytes = Buffer.concat([Buffer.from('abc'), records(HEADER)]);
    const size = sizes(bytes.length);
    for (let cut = 0; cut < 200; cut++) {
      const length = size.next().value! - 1;
      await writeScan(stem, header, bytes.subarray(0, length));
      const source = await watched(`${stem}.rpl`, { once: true }).finished();
      expect(source.pixels).toBe(Math.max(0, Math.floor((length - 3) / RECORD)));
      if (cut % 20 === 0) await expectSpectra(source, header);
    }
  });

  it('opens a spectrum of text', async () => {
    await writeFile(join(folder, 'a.msa'), '100 1\n101 2\n102 3\n');
    const source = await watched(join(folder, 'a.msa'), { once: true }).finished();
    const cube = await openCube(source.scan.opening.core);
    const out = new Float32Array(3);
    await cube.read(0, 1, 0, 3, out);
    await cube.close();
    expect([...out]).toEqual([1, 2, 3]);
    expect(await readdir(folder)).toEqual(['a.msa']);
  });

  it.each([
    ['a path that does not exist', 'none', 'none: file: expected to exist'],
    ['an empty folder', '', 'folder: expected a scan in it, found none'],
    ['a file of no known format', 'notes.txt', 'notes.txt: suffix: expected one of .dm3'],
    ['a file that is refused', 'bad.dm4', 'bad.dm4: size: expected 4 bytes'],
  ])('refuses %s', async (_name, name, message) => {
    if (name && name !== 'none') await writeFile(join(folder, name), '');
    const reading = watched(name ? join(folder, name) : folder, { once: true }).finished();
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(message);
  });

  it('also a watched path has to exist, and to be of a known format', async () => {
    await expect(watched(join(folder, 'none')).finished()).rejects.toThrow(InputError);
    await writeFile(join(folder, 'notes.txt'), '');
    await expect(watched(join(folder, 'notes.txt')).finished()).rejects.toThrow('suffix');
  });
});
