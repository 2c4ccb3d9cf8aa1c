import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
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

it('every recorded scan gets its final maps, however soon the next one begins', async () => {
  const root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  const record = join(root, 'sessions');
  const monitor = new CliRun(['listen', '--port', '0', '--record', record, '--edges', 'Ti-L', '--json']);
  try {
    const { url } = await monitor.event(({ event }) => event === 'serving');
    const producer = await TestProducer.connect(String(url).replace(/\/$/, ''));
    for (const seed of [1, 2, 3]) {
      producer.send({
        type: 'scan',
        id: `scan ${seed}`,
        shape: SHAPE,
        channels: CHANNELS,
        energy: AXIS,
        dtype: 'f32',
      });
      producer.send({ type: 'spectra', first: 0, count: PIXELS, data: spectraOf(seed) });
      producer.send({ type: 'end' });
    }
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
      // The session's own counts, analysed by themselves.
      const out = join(root, `out ${index}`);
      const analysed = new CliRun(['analyse', join(session, 'core.rpl'), '--edges', 'Ti-L', '--out', out]);
      expect(await analysed.ended()).toBe(0);
      const kept = resultsOf(join(session, 'results'));
      expect(kept.size).toBeGreaterThan(8);
      expect(kept).toEqual(resultsOf(out));
    }
  } finally {
    await monitor.stop();
    rmSync(root, { recursive: true });
  }
});
