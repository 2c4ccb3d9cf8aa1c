import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BYTES_PER_SAMPLE, type DType } from '../../../../protocol/index.ts';
import type { CubeLayout } from '../../../../server/formats/cube.ts';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import { formatRippleHeader, type RippleHeader } from '../../../../server/formats/text/ripple-header.ts';
import { readDescription, writeDescription } from '../../../../server/sessions/session-description.ts';
import { SessionStore } from '../../../../server/sessions/session-store.ts';
import { FileRecorder } from '../../../../server/sources/file-sessions/file-recorder.ts';
import { sessionSource } from '../../../../server/sources/file-sessions/session-source.ts';
import type { SourceEvent } from '../../../../server/sources/source.ts';
import { Watched } from '../../../support/watched.ts';

const [ROWS, COLUMNS, CHANNELS] = [4, 5, 6];
const PIXELS = ROWS * COLUMNS;
const energy = { offset: 80, dispersion: 0.5, units: 'eV' as const };
const HEADER: RippleHeader = { shape: [ROWS, COLUMNS], channels: CHANNELS, dtype: 'u16', energy };

let root: string;
let data: string;
let store: SessionStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  data = join(root, 'data');
  mkdirSync(data);
  store = new SessionStore({ root: join(root, 'sessions'), version: 'test' });
});
afterEach(() => rmSync(root, { recursive: true }));

/** Samples of records [first, end); `salt` tells one scan from another. */
function samples(first: number, end: number, { salt = 0, channels = CHANNELS, dtype = 'u16' as DType } = {}) {
  const bytes = Buffer.alloc((end - first) * channels * BYTES_PER_SAMPLE[dtype]);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let i = 0; i < (end - first) * channels; i++) {
    const value = 1 + first * channels + i + salt;
    if (dtype === 'u16') view.setUint16(2 * i, value, true);
    else if (dtype === 'u32') view.setUint32(4 * i, 4_000_000_000 + value, true);
    else view.setFloat32(4 * i, value / 3, true);
  }
  return bytes;
}

function write(name: string, end: number, header: Partial<RippleHeader> = {}, salt = 0): void {
  const whole = { ...HEADER, ...header };
  const { channels, dtype } = whole;
  writeFileSync(join(data, `${name}.raw`), samples(0, end, { salt, channels, dtype }));
  writeFileSync(join(data, `${name}.rpl`), formatRippleHeader(whole));
}

const watch = ({ copies = false, path = data, times = {}, to = store } = {}) =>
  new Watched(path, { times }, (source) => new FileRecorder(source, { store: to, options: {}, copies }));

const sessions = async () => (await store.list()).map(({ description, folder }) => ({ folder, description }));

async function only() {
  const found = await sessions();
  expect(found).toHaveLength(1);
  return found[0];
}

/** Watches until the scan is complete. */
async function recordWhole(options: Parameters<typeof watch>[0] = {}): Promise<Watched> {
  const watched = watch(options);
  await watched.until(() => watched.scans.at(-1)?.ends.includes('complete') ?? false);
  // Checksums and copies follow the end.
  for (let left = 400; left > 0; left--) {
    const [stored] = await store.list();
    const { status, format, files } = stored.description;
    const hasSums = files?.list.every(({ sha256 }) => sha256 !== undefined);
    if (status === 'complete' && (format === 1 || hasSums)) break;
    await wait(5);
  }
  await watched.stop();
  return watched;
}

function putResults(folder: string): void {
  mkdirSync(join(folder, 'results'));
  writeFileSync(join(folder, 'results', 'summary.json'), '{}');
}

async function replayed(folder: string, source?: string) {
  const events: SourceEvent[] = [];
  const replay = sessionSource(folder, source === undefined ? {} : { source });
  for await (const event of replay.events(new AbortController().signal)) events.push(event);
  const of = <Type extends SourceEvent['type']>(type: Type) =>
    events.filter((event) => event.type === type) as Extract<SourceEvent, { type: Type }>[];
  /** Pixels of a pass, as often as they were reported. */
  const measured = (pass = 0) =>
    of('measured')
      .filter((event) => event.pass === pass)
      .flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i))
      .sort((a, b) => a - b);
  return { of, measured };
}

async function countsOf(layout: CubeLayout | undefined): Promise<Float64Array> {
  if (!layout) return new Float64Array(0);
  const cube = await openCube(layout);
  const read = new Float64Array(PIXELS * layout.channels);
  await cube.read(0, PIXELS, 0, layout.channels, read);
  await cube.close();
  return read;
}

describe('the session of a watched scan', () => {
  it('names its files with sizes and checksums, and holds none of the counts', async () => {
    write('one', PIXELS);
    const watched = await recordWhole();
    const { folder, description } = await only();
    expect(watched.scan.opening.session).toBe(folder);
    expect(description).toMatchObject({ format: 2, status: 'complete', passes: 1 });
    expect(description.files).toMatchObject({
      acquired: [PIXELS],
      list: [
        { role: 'scan', path: join(data, 'one.rpl') },
        { role: 'core', path: join(data, 'one.raw'), size: PIXELS * CHANNELS * 2 },
      ],
    });
    expect(readdirSync(folder)).toEqual(['session.json']);
    expect(readdirSync(data).sort()).toEqual(['one.raw', 'one.rpl']);
  });

  it('is gone on with after a restart, and has all the spectra in the end', async () => {
    write('one', 7);
    const first = watch();
    await first.until(() => first.pixels === 7);
    await first.stop();
    expect((await only()).description).toMatchObject({ status: 'open', files: { acquired: [7] } });
    appendFileSync(join(data, 'one.raw'), samples(7, PIXELS));
    const second = await recordWhole();
    expect(second.scan.measured[0]).toEqual(new Array(PIXELS).fill(1));
    const { description, folder } = await only();
    expect(description).toMatchObject({ status: 'complete', files: { acquired: [PIXELS] } });
    expect(second.scan.opening.session).toBe(folder);
  });

  it('is left as it is once it is complete and has results', async () => {
    write('one', PIXELS);
    await recordWhole();
    const { folder } = await only();
    putResults(folder);
    const before = readFileSync(join(folder, 'session.json'));
    const again = await recordWhole();
    expect(again.scan.opening.session).toBeUndefined();
    expect([...again.alerts.values()]).toMatchObject([
      { severity: 'info', message: `one is recorded already, in ${folder}` },
    ]);
    expect((await only()).folder).toBe(folder);
    expect(readFileSync(join(folder, 'session.json'))).toEqual(before);
  });

  it('gets the checksums that it is without when the file is watched again', async () => {
    write('one', PIXELS);
    await recordWhole();
    const { folder, description } = await only();
    putResults(folder);
    const { files } = description;
    if (!files) throw new Error('no files');
    const list = files.list.map(({ sha256: _sum, ...file }) => file);
    await writeDescription(folder, { ...description, files: { ...files, list } });
    const again = await recordWhole();
    expect(again.scan.opening.session).toBeUndefined();
    expect((await only()).description).toEqual(description);
  });

  it('that cannot be written any more is said, and the scan is watched on', async () => {
    write('one', 7);
    const watched = watch();
    await watched.until(() => watched.pixels === 7);
    rmSync(store.root, { recursive: true });
    appendFileSync(join(data, 'one.raw'), samples(7, PIXELS));
    await watched.until(() => watched.scans.at(-1)?.ends.includes('complete') ?? false);
    await watched.until(() => watched.alerts.size > 0);
    await watched.stop();
    expect(watched.scan.measured[0]).toEqual(new Array(PIXELS).fill(1));
    expect([...watched.alerts.values()]).toMatchObject([
      { severity: 'error', message: expect.stringContaining('one: its session cannot be written') },
    ]);
  });

  it('gets its results at the next start where it was cut off before', async () => {
    write('one', PIXELS);
    await recordWhole();
    const again = await recordWhole();
    expect(again.scan.opening.session).toBe((await only()).folder);
  });

  it('is another one for another scan under the same name', async () => {
    write('one', 7);
    const first = watch();
    await first.until(() => first.pixels === 7);
    await first.stop();
    write('one', PIXELS, {}, 1);
    await recordWhole();
    const statuses = (await sessions()).map(({ description }) => description.status);
    expect(statuses.sort()).toEqual(['aborted', 'complete']);
  });

  it('is another one when a complete file has other bytes, and the same when it was only touched', async () => {
    write('one', PIXELS);
    await recordWhole();
    putResults((await only()).folder);
    utimesSync(join(data, 'one.raw'), new Date(), new Date());
    await recordWhole();
    expect(await sessions()).toHaveLength(1);
    write('one', PIXELS, {}, 1);
    await recordWhole();
    expect(await sessions()).toHaveLength(2);
  });

  it('is opened again, without the results of fewer spectra, when the scan goes on after its end', async () => {
    write('one', 7);
    const first = watch({ times: { stallMs: 20, abortMs: 60 } });
    await first.until(() => first.scans.at(-1)?.ends.includes('aborted') ?? false);
    await first.stop();
    const { folder, description } = await only();
    expect(description.status).toBe('aborted');
    putResults(folder);
    appendFileSync(join(data, 'one.raw'), samples(7, PIXELS));
    await recordWhole();
    expect((await only()).description).toMatchObject({ status: 'complete', files: { acquired: [PIXELS] } });
    expect(readdirSync(folder)).not.toContain('results');
  });

  it('goes with its files to another name, whether the scan runs or has ended', async () => {
    write('one', 7);
    const watched = watch();
    await watched.until(() => watched.pixels === 7);
    const rename = (from: string, to: string) => {
      for (const suffix of ['rpl', 'raw'])
        renameSync(join(data, `${from}.${suffix}`), join(data, `${to}.${suffix}`));
    };
    rename('one', 'two');
    appendFileSync(join(data, 'two.raw'), samples(7, PIXELS));
    await watched.until(() => watched.scan.ends.includes('complete'));
    rename('two', 'three');
    await watched.until(() => watched.scan.opening.core.paths[0] === join(data, 'three.raw'));
    await watched.stop();
    expect(watched.scans).toHaveLength(1);
    const { folder, description } = await only();
    expect(description).toMatchObject({
      status: 'complete',
      files: {
        acquired: [PIXELS],
        list: [{ path: join(data, 'three.rpl') }, { path: join(data, 'three.raw') }],
      },
    });
    expect((await replayed(folder)).measured()).toHaveLength(PIXELS);
    const again = watch();
    await again.until(() => again.scans.length === 1 && again.scan.ends.includes('complete'));
    await again.stop();
    expect(again.scan.opening.session).toBe((await only()).folder);
  });

  it('is kept from a second monitor, which watches all the same', async () => {
    write('one', 7);
    const first = watch();
    await first.until(() => first.pixels === 7);
    const second = watch();
    await second.until(() => second.pixels === 7 && second.alerts.size > 0);
    expect(second.scan.opening.session).toBeUndefined();
    expect([...second.alerts.values()]).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringMatching(/^one is watched and not recorded: .*another monitor/),
      },
    ]);
    await second.stop();
    await first.stop();
    await only();
  });

  it('that cannot be made is said, and the scan is watched', async () => {
    write('one', PIXELS);
    writeFileSync(join(root, 'taken'), '');
    const watched = watch({ to: new SessionStore({ root: join(root, 'taken'), version: 'test' }) });
    await watched.until(() => watched.scans.at(-1)?.ends.includes('complete') ?? false);
    await watched.until(() => watched.alerts.size > 0);
    expect([...watched.alerts.values()][0].message).toContain('one is watched and not recorded');
    await watched.stop();
  });

  it('does not go on with one that was pushed under the same name, nor the other way round', async () => {
    const scan = {
      id: 'one',
      name: 'one',
      shape: HEADER.shape,
      channels: CHANNELS,
      energy,
      dtype: 'u16' as const,
    };
    const pushed = await store.open({ scan, order: 'raster', pass: 0 }, 'a producer');
    write('one', 7);
    const watched = watch();
    await watched.until(() => watched.pixels === 7);
    await watched.stop();
    expect(await sessions()).toHaveLength(2);
    await pushed.close();
    const again = await store.open({ scan, order: 'raster', pass: 0 }, 'a producer');
    await again.close();
    expect(again.folder).toBe(pushed.folder);
  });
});

describe('a replay', () => {
  const SCANS: [string, Partial<RippleHeader>][] = [
    ['raster', {}],
    ['serpentine with fly-back', { order: 'serpentine', flybackColumns: 2 }],
    ['u32', { dtype: 'u32' }],
    ['in image order', { recordBy: 'image' }],
  ];
  const records = ({ flybackColumns = 0 }: Partial<RippleHeader>) => ROWS * (COLUMNS + flybackColumns);

  it.each(SCANS)('reads the files in place, and a copy of their counts, the same (%s)', async (_, header) => {
    write('one', records(header), header);
    writeFileSync(join(data, 'one.haadf.raw'), samples(0, records(header), { channels: 1, dtype: 'f32' }));
    const lowLoss = { ...HEADER, ...header, channels: 3, energy: { ...energy, offset: -10 } };
    const { dtype } = lowLoss;
    writeFileSync(join(data, 'one.low-loss.raw'), samples(0, records(header), { channels: 3, dtype }));
    writeFileSync(join(data, 'one.low-loss.rpl'), formatRippleHeader(lowLoss));
    const { recordBy: _planes, ...scalar } = { ...HEADER, ...header };
    const { energy: _axis, ...image } = { ...scalar, channels: 1, dtype: 'f32' as const };
    writeFileSync(join(data, 'one.haadf.rpl'), formatRippleHeader(image));
    const watched = await recordWhole();
    const { folder, description } = await only();
    expect(description.files?.list.map(({ role }) => role)).toEqual([
      ...['scan', 'core'],
      ...['low loss', 'low loss'],
      ...['scalar', 'scalar'],
    ]);
    const referred = await replayed(folder);
    rmSync(store.root, { recursive: true });
    await recordWhole({ copies: true });
    const copied = await replayed((await only()).folder);
    const counts: Float64Array[][] = [];
    for (const log of [referred, copied]) {
      expect(log.measured()).toEqual(Array.from({ length: PIXELS }, (_, pixel) => pixel));
      const [{ values }] = log.of('channel');
      expect(values).toEqual(watched.scan.channels['HAADF']);
      const { core, lowLoss: other } = log.of('scan')[0].opening;
      counts.push([await countsOf(core), await countsOf(other)]);
    }
    expect(counts[1]).toEqual(counts[0]);
    expect(counts[0].every((each) => each.length > 0 && each.every((count) => count > 0))).toBe(true);
  });

  it('of a file that holds its values as text reads the text', async () => {
    writeFileSync(join(data, 'one.msa'), '80 3\n80.5 4\n81 5\n');
    await recordWhole();
    const { folder, description } = await only();
    expect(description.files?.list.map(({ path }) => path)).toEqual([join(data, 'one.msa')]);
    const log = await replayed(folder);
    expect(log.measured()).toEqual([0]);
    const cube = await openCube(log.of('scan')[0].opening.core);
    const read = new Float32Array(3);
    await cube.read(0, 1, 0, 3, read);
    await cube.close();
    expect([...read]).toEqual([3, 4, 5]);
  });

  it('of several passes reads them all, as far as they were complete', async () => {
    write('one', PIXELS, { passes: 2 });
    writeFileSync(join(data, 'one.pass1.raw'), samples(0, 8, { salt: 9 }));
    const watched = watch({ times: { stallMs: 20, abortMs: 60 } });
    await watched.until(() => watched.scans.at(-1)?.ends.includes('aborted') ?? false);
    await watched.stop();
    const { folder, description } = await only();
    expect(description).toMatchObject({ passes: 2, files: { acquired: [PIXELS, 8] } });
    const log = await replayed(folder);
    expect([log.measured(0).length, log.measured(1).length]).toEqual([PIXELS, 8]);
    expect(log.of('end')).toMatchObject([{ status: 'aborted' }]);
  });

  it('finds files that were renamed, moved beside the session, or are named', async () => {
    write('one', PIXELS);
    await recordWhole();
    const { folder } = await only();
    for (const suffix of ['rpl', 'raw']) renameSync(join(data, `one.${suffix}`), join(data, `two.${suffix}`));
    expect((await replayed(folder)).measured().length).toBe(PIXELS);
    renameSync(data, join(store.root, 'kept'));
    await expect(replayed(folder)).rejects.toThrow(`${join(data, 'one.rpl')}: file: expected to exist`);
    for (const suffix of ['rpl', 'raw'])
      cpSync(join(store.root, 'kept', `two.${suffix}`), join(store.root, `two.${suffix}`));
    expect((await replayed(folder)).measured().length).toBe(PIXELS);
    for (const suffix of ['rpl', 'raw']) rmSync(join(store.root, `two.${suffix}`));
    for (const place of [join(store.root, 'kept'), join(store.root, 'kept', 'two.rpl')])
      expect((await replayed(folder, place)).measured().length).toBe(PIXELS);
  });

  it.each([
    ['size', (path: string) => appendFileSync(path, 'x'), 'size: expected 240 bytes as recorded, found 241'],
    [
      'checksum',
      (path: string) => {
        const bytes = readFileSync(path);
        bytes[100] ^= 1;
        writeFileSync(path, bytes);
      },
      'checksum: expected that of the recording, found other bytes',
    ],
    ['file', (path: string) => rmSync(path), 'file: expected to exist'],
  ])('is refused by name where a file was changed (%s)', async (_, change, expected) => {
    write('one', PIXELS);
    await recordWhole();
    const { folder } = await only();
    change(join(data, 'one.raw'));
    await expect(replayed(folder)).rejects.toThrow(`${join(data, 'one.raw')}: ${expected}`);
    // What was recorded beside the counts is there all the same.
    expect((await readDescription(folder))?.scan.name).toBe('one');
  });
});

it('a folder of a session that refers to files is no input', async () => {
  write('one', PIXELS);
  await recordWhole();
  const { folder } = await only();
  await expect(new Watched(folder).finished()).rejects.toThrow('found a recorded session');
});
