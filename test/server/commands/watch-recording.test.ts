import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Timeline } from '../../../protocol/index.ts';
import { formatRippleHeader } from '../../../server/formats/text/ripple-header.ts';
import { Player } from '../../../server/replay/player.ts';
import { readJournal } from '../../../server/sessions/journal/journal-reader.ts';
import { readDescription } from '../../../server/sessions/session-description.ts';
import { SessionStore } from '../../../server/sessions/session-store.ts';
import { FileRecorder } from '../../../server/sources/file-sessions/file-recorder.ts';
import { COLUMNS, digestOf, ROWS, rowsOf, sessionsIn } from '../../faults/small-scan.ts';
import { CliRun } from '../../support/cli.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';
import { AXIS, CHANNELS } from '../../support/synthetic-cube.ts';
import { texturedRows } from '../../support/textured-specimen.ts';
import { Watched } from '../../support/watched.ts';

const EDGES = ['--edges', 'Ti-L'];
const WATCH = ['--port', '0', '--json', ...EDGES];

let root: string;
let data: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  data = join(root, 'data');
  mkdirSync(data);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, rows: Uint8Array[]): void {
  writeFileSync(join(data, `${name}.raw`), Buffer.concat(rows));
  const header = { shape: [ROWS, COLUMNS] as [number, number], channels: CHANNELS, dtype: 'f32' as const };
  writeFileSync(join(data, `${name}.rpl`), formatRippleHeader({ ...header, energy: AXIS }));
}

async function analysed(): Promise<string> {
  const out = join(root, 'out');
  expect(await new CliRun(['analyse', join(data, 'one.rpl'), ...EDGES, '--out', out]).ended()).toBe(0);
  return digestOf(out);
}

const complete = (monitor: CliRun) =>
  monitor.event(({ event, status }) => event === 'progress' && status === 'complete');

it('watch records below the current folder, replay gives the bytes of the live maps, and check reads the files', async () => {
  write('one', rowsOf(1));
  const monitor = new CliRun(['watch', data, ...WATCH], root);
  const { session } = (await monitor.event(({ event }) => event === 'recorded')) as { session: string };
  await monitor.stop();
  expect(dirname(session)).toBe(join(root, 'eelwatch-sessions'));
  // Spectra are shown from the file that the session refers to.
  const player = await Player.open(session, { from: 'end' });
  const { raw, edges } = await player.spectrum(COLUMNS + 1);
  expect(raw).toEqual([...new Float32Array(rowsOf(1)[1].slice(4 * CHANNELS, 8 * CHANNELS).buffer)]);
  expect(edges[0]).toMatchObject({ name: 'Ti-L', background: expect.any(Array) });
  await player.close();
  const replayed = new CliRun([
    'replay',
    session,
    ...EDGES,
    '--speed',
    'max',
    '--out',
    join(root, 'replayed'),
  ]);
  expect(await replayed.ended()).toBe(0);
  const expected = await analysed();
  expect(digestOf(join(session, 'results'))).toBe(expected);
  expect(digestOf(join(root, 'replayed'))).toBe(expected);

  const check = async () => {
    const run = new CliRun(['sessions', 'check', dirname(session)]);
    return { status: await run.ended(), text: run.stdout };
  };
  const pixels = ROWS * COLUMNS;
  expect(await check()).toEqual({
    status: 0,
    text: expect.stringContaining(
      `complete · counts in ${join(data, 'one.rpl')} · ${pixels} of ${pixels} pixels · nothing lost`,
    ),
  });
  rmSync(join(data, 'one.raw'));
  expect(await check()).toEqual({
    status: 3,
    text: expect.stringContaining(`lost: ${join(data, 'one.raw')}: file: expected to exist`),
  });
  // Kept results need no counts, other ones do.
  const refused = new CliRun(['replay', session, '--seed', '2', '--out', join(root, 'refused')]);
  expect(await refused.ended()).toBe(1);
  expect(refused.stderr).toContain(`${join(data, 'one.raw')}: file: expected to exist`);
});

it('watch does not record into the watched folder unless told to, and says so', async () => {
  write('one', rowsOf(1));
  for (const [path, cwd] of [
    ['.', data],
    ['one.rpl', data],
    [root, data],
  ]) {
    const monitor = new CliRun(['watch', path, ...WATCH], cwd);
    const alert = await monitor.event(({ id }) => id === 'notice');
    expect(alert).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('--record <folder>'),
    });
    if (path !== root) await complete(monitor);
    await monitor.stop();
  }
  expect(readdirSync(data).sort()).toEqual(['one.raw', 'one.rpl']);
  const told = new CliRun(['watch', '.', '--record', 'kept', ...WATCH], data);
  await told.event(({ event }) => event === 'recorded');
  await told.stop();
  expect(sessionsIn(join(data, 'kept'))).toHaveLength(1);
});

it('watch keeps nothing with --no-record', async () => {
  write('one', rowsOf(1));
  const monitor = new CliRun(['watch', data, '--no-record', ...WATCH], root);
  await complete(monitor);
  await monitor.stop();
  expect(readdirSync(root)).toEqual(['data']);
  const both = new CliRun(['watch', data, '--no-record', '--record-counts']);
  expect(await both.ended()).toBe(2);
});

it('a scan that has ended in its file since the monitor was cut off gets its final maps, also beside another scan', async () => {
  const rows = rowsOf(1);
  write('one', rows.slice(0, 20));
  const record = join(root, 'sessions');
  const store = new SessionStore({ root: record, version: 'test' });
  const first = new Watched(data, {}, (source) => new FileRecorder(source, { store, options: {} }));
  await first.until(() => first.pixels === 20 * COLUMNS);
  await first.stop();
  write('one', rows);
  // Nobody has written it for a while.
  const past = new Date(Date.now() - 20_000);
  for (const name of ['one.rpl', 'one.raw']) utimesSync(join(data, name), past, past);
  const elsewhere = join(root, 'elsewhere');
  mkdirSync(elsewhere);
  const monitor = new CliRun(['watch', elsewhere, '--record', record, ...WATCH]);
  await monitor.event(({ event }) => event === 'recorded');
  await monitor.stop();
  const [session] = sessionsIn(record).map((name) => join(record, name));
  expect(await readDescription(session)).toMatchObject({
    status: 'complete',
    files: { acquired: [ROWS * COLUMNS] },
  });
  expect(digestOf(join(session, 'results'))).toBe(await analysed());
  const { records } = await readJournal(join(session, 'journal.mcap'));
  const ends = records.flatMap(({ topic, content }) => (topic === 'end' ? [content] : []));
  expect(ends).toEqual([{ status: 'complete', spectra: ROWS * COLUMNS, missing: 0 }]);
});

it('demo records into its temporary folder, beside what it watches, and leaves nothing', async () => {
  const monitor = new CliRun(['demo', '--shape', '10,12', '--dwell', '0', '--port', '0', '--json']);
  const { session } = (await monitor.event(({ event }) => event === 'recorded')) as { session: string };
  expect(await readDescription(session)).toMatchObject({ format: 2, status: 'complete' });
  await monitor.stop();
  expect(existsSync(dirname(dirname(session)))).toBe(false);
});

const PEROVSKITE = 'perovskite-STO-LMO/DMReader_SpectrumImage_SI-EELS.dm3';

describeMeasured('a measured spectrum image (perovskite, DM3)', [PEROVSKITE], () => {
  it('has the maps of its analysis in its session, in a replay of it, and in one of a copy of its counts', async () => {
    const file = join(data, 'perovskite.dm3');
    cpSync(measuredData(PEROVSKITE) as string, file);
    const edges = ['--edges', 'Ti-L,O-K,La-M'];
    const run = async (...args: string[]) => expect(await new CliRun(args).ended()).toBe(0);
    await run('analyse', file, ...edges, '--out', join(root, 'analysed'));
    const expected = digestOf(join(root, 'analysed'));
    for (const more of [[], ['--record-counts']]) {
      const record = join(root, `sessions${more}`);
      const monitor = new CliRun([
        'watch',
        data,
        '--record',
        record,
        ...edges,
        ...more,
        '--port',
        '0',
        '--json',
      ]);
      const { session } = (await monitor.event(({ event }) => event === 'recorded')) as { session: string };
      while ((await readDescription(session))?.status !== 'complete') await wait(20);
      await monitor.stop();
      expect(digestOf(join(session, 'results'))).toBe(expected);
      // The copy needs its file no more.
      if (more.length > 0) rmSync(file);
      const out = join(root, `replayed${more}`);
      // An option of the analysis has the counts read, also where it says what was recorded.
      await run('replay', session, ...edges, '--speed', 'max', '--out', out);
      expect(digestOf(out)).toBe(expected);
    }
  });
});

it('a rescan from a file of its own is recorded by reference, and is part of whatever is made of the session', async () => {
  const area = { y: 6, x: 2, height: 20, width: 9 };
  write('one', texturedRows({ y: 0, x: 0, height: ROWS, width: COLUMNS }, 200, 1));
  writeFileSync(join(data, 'again.raw'), Buffer.concat(texturedRows(area, 200, 2)));
  writeFileSync(
    join(data, 'again.rpl'),
    formatRippleHeader({ shape: [20, 9], channels: CHANNELS, dtype: 'f32', energy: AXIS }),
  );
  const rescan = `${join(data, 'again.rpl')}@6,2`;
  const sessions = join(root, 'sessions');
  const monitor = new CliRun([
    'watch',
    join(data, 'one.rpl'),
    '--rescan',
    rescan,
    '--record',
    sessions,
    ...WATCH,
  ]);
  const { session } = (await monitor.event(({ event }) => event === 'recorded')) as { session: string };
  await monitor.stop();
  const description = await readDescription(session);
  expect(description).toMatchObject({
    format: 4,
    fileRescans: [{ y: 6, x: 2, dwells: 1, files: [{ path: join(data, 'again.rpl') }, {}] }],
  });
  const out = join(root, 'out');
  const analysing = ['analyse', join(data, 'one.rpl'), '--rescan', rescan, ...EDGES, '--out', out];
  expect(await new CliRun(analysing).ended()).toBe(0);
  const expected = digestOf(out);
  expect(digestOf(join(session, 'results'))).toBe(expected);
  const replaying = ['replay', session, ...EDGES, '--speed', 'max', '--out', join(root, 'replayed')];
  expect(await new CliRun(replaying).ended()).toBe(0);
  expect(digestOf(join(root, 'replayed'))).toBe(expected);

  const player = await Player.open(session, { from: 'end' });
  const sumOf = async (pixel: number) =>
    (await player.spectrum(pixel)).raw.reduce((sum, value) => sum + value, 0);
  // Scanned once, and twice.
  expect((await sumOf(8 * COLUMNS + 4)) / (await sumOf(1))).toBeGreaterThan(1.4);
  const { marks } = player.topics.get('timeline') as Timeline;
  expect(marks.map(({ text }) => text)).toContain('rescan "again.rpl" was added, 20 rows');
  await player.close();

  const check = async () => {
    const run = new CliRun(['sessions', 'check', sessions]);
    return [await run.ended(), run.stdout];
  };
  expect((await check())[0]).toBe(0);
  const bytes = readFileSync(join(data, 'again.raw'));
  bytes[1000] ^= 1;
  writeFileSync(join(data, 'again.raw'), bytes);
  const [status, text] = await check();
  expect(status).toBe(3);
  expect(text).toContain('again.raw: checksum');
});
