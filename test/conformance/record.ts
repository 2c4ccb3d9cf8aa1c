import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatRippleHeader } from '../../server/formats/text/ripple-header.ts';
import { VERSION } from '../../server/version.ts';
import { CliRun } from '../support/cli.ts';
import { AXIS, CHANNELS, normals, spectrum } from '../support/synthetic-cube.ts';
import { TestProducer } from '../support/test-producer.ts';

const SHAPE: [number, number] = [8, 6];
const PIXELS = SHAPE[0] * SHAPE[1];
const OPTIONS = ['--port', '0', '--edges', 'Ti-L', '--json'];
/** Stands in the session as where its files lay: nobody's folder. */
const WATCHED = '/tmp/eelwatch-conformance';

/** Left half and right half differ in the strength of the edge. */
function counts(): Uint8Array {
  const normal = normals(3);
  const samples = new Float32Array(PIXELS * CHANNELS);
  for (let pixel = 0; pixel < PIXELS; pixel++)
    samples.set(spectrum(normal, { jump: pixel % SHAPE[1] < 3 ? 2 : 1 }), pixel * CHANNELS);
  return new Uint8Array(samples.buffer);
}

async function recorded(monitor: CliRun, begin: () => Promise<void>): Promise<string> {
  try {
    await begin();
    return String((await monitor.event(({ event }) => event === 'recorded')).session);
  } finally {
    await monitor.stop();
  }
}

async function pushed(root: string): Promise<string> {
  const monitor = new CliRun(['listen', '--record', root, ...OPTIONS]);
  return recorded(monitor, async () => {
    const { url } = await monitor.event(({ event }) => event === 'serving');
    const producer = await TestProducer.connect(String(url).replace(/\/$/, ''));
    const geometry = { shape: SHAPE, channels: CHANNELS, energy: AXIS, dtype: 'f32' };
    producer.send({ type: 'scan', id: 'pushed', ...geometry, simulated: true });
    const channels = { HAADF: Array.from({ length: PIXELS }, (_, i) => i) };
    producer.send({ type: 'spectra', first: 0, count: PIXELS, data: counts(), channels });
    producer.send({ type: 'end' });
  });
}

async function watched(root: string): Promise<string> {
  await mkdir(WATCHED);
  try {
    await writeFile(join(WATCHED, 'watched.raw'), counts());
    const header = { shape: SHAPE, channels: CHANNELS, energy: AXIS, dtype: 'f32' as const, simulated: true };
    await writeFile(join(WATCHED, 'watched.rpl'), formatRippleHeader(header));
    return await recorded(new CliRun(['watch', WATCHED, '--record', root, ...OPTIONS]), async () => {});
  } finally {
    await rm(WATCHED, { recursive: true });
  }
}

const target = join(import.meta.dirname, 'sessions', VERSION);
if ((await readdir(target).catch(() => [])).length > 0) throw new Error(`${target}: expected to be empty`);
const root = await mkdtemp(join(tmpdir(), 'eelwatch-conformance-'));
try {
  for (const [name, record] of Object.entries({ pushed, watched }))
    await cp(await record(join(root, name)), join(target, name), { recursive: true });
} finally {
  await rm(root, { recursive: true });
}
