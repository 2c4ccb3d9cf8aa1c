import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { Player } from '../../../server/replay/player.ts';
import { readJournal } from '../../../server/sessions/journal/journal-reader.ts';
import type { JournalContent, JournalTopic } from '../../../server/sessions/journal/journal-records.ts';
import { CliRun } from '../../support/cli.ts';
import { AXIS, CHANNELS, normals, spectrum } from '../../support/synthetic-cube.ts';
import { TestProducer } from '../../support/test-producer.ts';

const SHAPE: [number, number] = [24, 16];
const PIXELS = SHAPE[0] * SHAPE[1];

/** Spectra of a scan whose left half shows the edge twice as strong as the right one. */
function spectraOf(seed: number): Uint8Array {
  const normal = normals(seed);
  const samples = new Float32Array(PIXELS * CHANNELS);
  for (let pixel = 0; pixel < PIXELS; pixel++)
    samples.set(spectrum(normal, { jump: pixel % SHAPE[1] < 8 ? 2 : 1 }), pixel * CHANNELS);
  return new Uint8Array(samples.buffer);
}

const resultsOf = (folder: string): Map<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.npy'))
      .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );

/** Samples of a map in the results, without the header of its file. */
function samplesOf(session: string, map: string): Buffer {
  const { data } = decodeNpy(readFileSync(join(session, 'results', 'Ti-L', `${map}.npy`)));
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

async function checkJournal(session: string, n: number): Promise<void> {
  // The last scan's journal is still open while its session can be gone on with.
  const { records } = await readJournal(join(session, 'journal.mcap'));
  const of = <Topic extends JournalTopic>(wanted: Topic) =>
    records.flatMap(({ topic, content }) => (topic === wanted ? [content as JournalContent<Topic>] : []));
  expect(records[0]).toMatchObject({ topic: 'scan', content: { id: `scan ${n}`, shape: SHAPE } });
  expect(JSON.stringify(of('scan'))).not.toContain('token');
  expect(of('arrivals')).toEqual([{ pass: 0, pixels: [[0, PIXELS]] }]);
  expect(of('end')).toEqual([{ status: 'complete', spectra: PIXELS, missing: 0 }]);
  const final = of('revision').find((revision) => revision.final);
  const hash = createHash('sha256');
  for (const map of ['labels', 'embedding', 'uncertainty']) hash.update(samplesOf(session, map));
  expect(final).toMatchObject({ edge: 'Ti-L', present: PIXELS, absent: 0, hash: hash.digest('hex') });
}

/** Holds the results of a session against its counts, analysed by themselves. */
async function checkResults(session: string): Promise<void> {
  const out = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  try {
    const kept = resultsOf(join(session, 'results'));
    expect(kept.size).toBeGreaterThan(8);
    const analysed = new CliRun(['analyse', join(session, 'core.rpl'), '--edges', 'Ti-L', '--out', out]);
    expect(await analysed.ended()).toBe(0);
    expect(resultsOf(out)).toEqual(kept);
    // With the edges of the recording, which nobody has to repeat.
    const replayed = new CliRun(['replay', session, '--speed', 'max', '--out', join(out, 'replayed')]);
    expect(await replayed.ended(), replayed.stderr).toBe(0);
    expect(resultsOf(join(out, 'replayed'))).toEqual(kept);
  } finally {
    rmSync(out, { recursive: true });
  }
}

function send(producer: TestProducer, seed: number): void {
  const [channels, energy] = [CHANNELS, AXIS];
  producer.send({ type: 'scan', id: `scan ${seed}`, shape: SHAPE, channels, energy, dtype: 'f32' });
  producer.send({ type: 'spectra', first: 0, count: PIXELS, data: spectraOf(seed) });
  producer.send({ type: 'end' });
}

it('every recorded scan gets its final maps, however soon the next one begins', async () => {
  const root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  const record = join(root, 'sessions');
  const monitor = new CliRun(['listen', '--port', '0', '--record', record, '--edges', 'Ti-L', '--json']);
  try {
    const { url } = await monitor.event(({ event }) => event === 'serving');
    const producer = await TestProducer.connect(String(url).replace(/\/$/, ''));
    for (const seed of [1, 2, 3]) send(producer, seed);
    // Both watermarks are told to dashboards.
    const shown = monitor.event(({ event, recorded }) => event === 'progress' && recorded !== undefined);
    expect((await shown).recorded).toMatchObject({ spectra: expect.any(Number), onDisk: expect.any(Number) });
    const sessions: string[] = [];
    for (const seed of [1, 2, 3]) {
      const { session } = await monitor.event(
        ({ event, session }) => event === 'recorded' && String(session).endsWith(`scan ${seed}`),
      );
      sessions.push(String(session));
    }
    for (const [index, session] of sessions.entries()) {
      const description = JSON.parse(readFileSync(join(session, 'session.json'), 'utf8'));
      expect(description).toMatchObject({ status: 'complete', scan: { id: `scan ${index + 1}` } });
      await checkResults(session);
      await checkJournal(session, index + 1);
    }
  } finally {
    await monitor.stop();
    rmSync(root, { recursive: true });
  }
});

it('a scan that had ended when the monitor was killed gets its final maps at the next start', async () => {
  const root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  const listen = ['listen', '--port', '0', '--record', root, '--edges', 'Ti-L', '--json'];
  const killed = new CliRun(listen);
  try {
    const { url } = await killed.event(({ event }) => event === 'serving');
    const producer = await TestProducer.connect(String(url).replace(/\/$/, ''));
    send(producer, 1);
    await producer.reply('ack', 0, ({ synced }) => synced === PIXELS);
    killed.child.kill('SIGKILL');
    await killed.ended();
    const [session] = readdirSync(root).map((name) => join(root, name));
    expect(readdirSync(session)).not.toContain('results');
    const next = new CliRun(listen);
    try {
      expect((await next.event(({ event }) => event === 'recorded')).session).toBe(session);
    } finally {
      await next.stop();
    }
    await checkResults(session);
    // A replay ends with them, too.
    const player = await Player.open(session, { from: 'end' });
    const labels = player.layers.find(({ layer }) => layer.kind === 'labels')?.data;
    expect(Buffer.from(labels?.buffer as ArrayBuffer)).toEqual(Buffer.from(samplesOf(session, 'labels')));
    expect(player.topics.get('edge/Ti-L')).toMatchObject({ status: 'final' });
    await player.close();
  } finally {
    rmSync(root, { recursive: true });
  }
});

it('the journal says which pixels came again, and which never came', async () => {
  const root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  const monitor = new CliRun(['listen', '--port', '0', '--record', root, '--edges', 'Ti-L', '--json']);
  try {
    const { url } = await monitor.event(({ event }) => event === 'serving');
    const producer = await TestProducer.connect(String(url).replace(/\/$/, ''));
    const spectra = spectraOf(1);
    const part = (first: number, end: number) => {
      const data = spectra.subarray(4 * CHANNELS * first, 4 * CHANNELS * end);
      producer.send({ type: 'spectra', first, count: end - first, data });
    };
    const geometry = { shape: SHAPE, channels: CHANNELS, energy: AXIS, dtype: 'f32' };
    producer.send({ type: 'scan', id: 'with gaps', ...geometry });
    part(0, 40);
    part(30, 50);
    part(60, PIXELS);
    producer.send({ type: 'end' });
    const { session } = await monitor.event(({ event }) => event === 'recorded');
    await monitor.stop();
    const { records } = await readJournal(join(String(session), 'journal.mcap'));
    const of = (wanted: JournalTopic) =>
      records.flatMap(({ topic, content }) => (topic === wanted ? [content] : []));
    expect(of('repeated')).toEqual([{ pass: 0, pixels: [30, 40] }]);
    expect(of('end')).toEqual([{ status: 'complete', spectra: PIXELS - 10, missing: 10, gaps: [[50, 60]] }]);
  } finally {
    await monitor.stop();
    rmSync(root, { recursive: true });
  }
});
