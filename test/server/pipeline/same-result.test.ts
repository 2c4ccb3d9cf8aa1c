import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { parseEdges, pixelCount, type Scan } from '../../../protocol/index.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { createRippleWriter } from '../../../server/formats/text/ripple-writer.ts';
import { startServer } from '../../../server/hub/server.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd, mapBytes } from '../../support/analyse.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';
import { createTestIngest } from '../../support/test-ingest.ts';
import { TestProducer } from '../../support/test-producer.ts';
import { ZspyScan } from '../../support/zspy-scan.ts';

const FILE = 'perovskite-STO-LMO/DMReader_SpectrumImage_SI-EELS.dm3';
const EDGES = parseEdges('Ti-L,O-K,La-M');

describeMeasured('the same spectra give the same final maps, byte for byte', [FILE], () => {
  let folder: string;
  let scan: Scan;
  let spectra: Float32Array;
  let expected: Map<string, Buffer>;
  const monitors: Monitor[] = [];

  const monitor = (...options: Parameters<typeof createMonitor>) => {
    const made = createMonitor(...options);
    monitors.push(made);
    return made;
  };
  const bytesOf = (first: number, count: number) =>
    new Uint8Array(spectra.buffer, 4 * first * scan.channels, 4 * count * scan.channels);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
    const path = measuredData(FILE) as string;
    const file = await openScanFile(path);
    scan = file.scan;
    const reader = await openCube(file.core);
    spectra = new Float32Array(pixelCount(scan) * scan.channels);
    await reader.read(0, pixelCount(scan), 0, scan.channels, spectra);
    await reader.close();
    expected = mapBytes(await followToEnd(monitor(EDGES, { live: false }), watchPath(path, { once: true })));
  });
  afterEach(async () => {
    for (const made of monitors.splice(0)) await made.close();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const compare = (found: Map<string, Buffer>) => {
    expect([...found.keys()]).toEqual([...expected.keys()]);
    for (const [name, bytes] of expected) expect(found.get(name)?.equals(bytes), name).toBe(true);
  };

  it('written row by row in odd pieces, with models refitted on the way', async () => {
    const watched = join(folder, 'growing');
    await mkdir(watched);
    const following = followToEnd(
      monitor(EDGES, { live: true }),
      watchPath(watched, { times: { pollMs: 20, listMs: 50 } }),
    );
    const { shape, channels, energy } = scan;
    const writer = await createRippleWriter(join(watched, 'scan'), { shape, channels, energy, dtype: 'f32' });
    const all = bytesOf(0, pixelCount(scan));
    // Neither rows nor spectra nor samples end where a piece ends.
    for (let at = 0, piece = 1; at < all.length; at += piece, piece = (piece * 7919) % 33_331)
      await writer.append(all.subarray(at, Math.min(at + piece, all.length))).then(() => sleep(4));
    await writer.close();
    compare(mapBytes(await following));
  });

  it('written into a ZSpy folder, chunk by chunk and out of order', async () => {
    const watched = join(folder, 'chunks');
    await mkdir(watched);
    const following = followToEnd(
      monitor(EDGES, { live: true }),
      watchPath(watched, { scratch: folder, times: { pollMs: 20, listMs: 50, settleMs: 100 } }),
    );
    const { shape, channels, energy } = scan;
    const zspy = new ZspyScan(join(watched, 'scan.zspy'), [...shape, channels], [5, 4, 300], spectra);
    await zspy.writeHeader(energy);
    // Chunks of one spectrum come far apart.
    const order = zspy.chunks.map((place, index) => ({ place, key: (index * 7919) % 1009 }));
    for (const { place } of order.sort((a, b) => a.key - b.key)) {
      await zspy.writeChunk(place);
      await sleep(10);
    }
    compare(mapBytes(await following));
  });

  it('pushed by a producer whose connection is cut in the middle', async () => {
    const ingest = createTestIngest();
    const pushed = monitor(EDGES, { live: true });
    const server = await startServer({ port: 0, state: pushed, clientDirectory: folder, ingest });
    try {
      const following = followToEnd(pushed, ingest.source);
      const { shape, channels, energy } = scan;
      const announce = { type: 'scan', id: 'pushed', shape, channels, energy, dtype: 'f32' };
      let producer = await TestProducer.connect(server.url);
      let { next } = await producer.ask(announce, 'ready');
      let cut = false;
      while (next < pixelCount(scan)) {
        const count = Math.min(5, pixelCount(scan) - next);
        producer.send({ type: 'spectra', first: next, count, data: bytesOf(next, count) });
        next += count;
        if (next < 150 || cut) continue;
        cut = true;
        await producer.drop();
        producer = await TestProducer.connect(server.url);
        ({ next } = await producer.ask(announce, 'ready'));
        expect(next).toBeLessThanOrEqual(150);
      }
      producer.send({ type: 'end', status: 'complete' });
      compare(mapBytes(await following));
    } finally {
      await server.close();
      await ingest.close();
    }
  });

  it('on a second run with the same seed, and not with another', async () => {
    const path = measuredData(FILE) as string;
    compare(mapBytes(await followToEnd(monitor(EDGES, { live: false }), watchPath(path, { once: true }))));
    const other = mapBytes(
      await followToEnd(monitor(EDGES, { live: false, seed: 2 }), watchPath(path, { once: true })),
    );
    expect(other.get('Ti-L embedding')?.equals(expected.get('Ti-L embedding') as Buffer)).toBe(false);
    // What no random choice enters stays the same.
    expect(other.get('Ti-L intensity')?.equals(expected.get('Ti-L intensity') as Buffer)).toBe(true);
  });
});
