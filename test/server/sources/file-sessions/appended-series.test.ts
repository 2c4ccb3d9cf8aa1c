import { appendFile, mkdtemp, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SessionStore } from '../../../../server/sessions/session-store.ts';
import { FileRecorder } from '../../../../server/sources/file-sessions/file-recorder.ts';
import { sessionSource } from '../../../../server/sources/file-sessions/session-source.ts';
import type { WatchOptions } from '../../../../server/sources/folders/directory.ts';
import { MIB_FILES, mibContent, TIA_FILES, tiaContent } from '../../../support/series-files.ts';
import { Watched } from '../../../support/watched.ts';
import { wholeCube } from '../../../support/whole-cube.ts';

const energy = { offset: 400, dispersion: 0.25, units: 'eV' as const };

let folder: string;
let scratch: string;
const running: Watched[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-series-'));
  scratch = await mkdtemp(join(tmpdir(), 'eelwatch-scratch-'));
});
afterEach(async () => {
  for (const watched of running.splice(0)) await watched.stop().catch(() => {});
  await rm(folder, { recursive: true });
  await rm(scratch, { recursive: true });
});

function watched(options: WatchOptions = {}, through?: ConstructorParameters<typeof Watched>[2]): Watched {
  const started = new Watched(folder, { scratch, ...options }, through);
  running.push(started);
  return started;
}

/** Pixels of the scan that were measured, each reported once, with what the file of spectra holds for them. */
async function measuredSpectra(source: Watched): Promise<Map<number, number[]>> {
  const { measured, opening } = source.scan;
  const values = await wholeCube(opening.core);
  const { channels } = opening.core;
  const found = new Map<number, number[]>();
  for (const [pixel, times] of measured[0].entries()) {
    if (times === 0) continue;
    expect(times).toBe(1);
    found.set(pixel, [...values.subarray(pixel * channels, (pixel + 1) * channels)]);
  }
  return found;
}

describe('frames of a Merlin detector that still come', () => {
  const { hdr, sums, frameBytes } = MIB_FILES.made['U08'];
  const content = mibContent('U08');
  const frames = (first: number, end: number) => content.subarray(first * frameBytes, end * frameBytes);
  const path = () => join(folder, 'scan.mib');
  const writeHdr = () => writeFile(join(folder, 'scan.hdr'), hdr);

  it('are measured one by one, torn ones once they are whole', async () => {
    await writeHdr();
    // Nothing of it has to rest first.
    const source = watched({ energy, times: { settleMs: 30_000 } });
    await writeFile(path(), frames(0, 1));
    await source.until(() => source.pixels === 1);
    await appendFile(path(), content.subarray(frameBytes, 2.5 * frameBytes));
    await source.until(() => source.pixels === 2);
    await sleep(50);
    expect(source.pixels).toBe(2);
    await appendFile(path(), content.subarray(2.5 * frameBytes, 3 * frameBytes));
    await source.until(() => source.pixels === 3);
    expect([...(await measuredSpectra(source)).values()]).toEqual(sums.slice(0, 3));
    await appendFile(path(), frames(3, 6));
    await source.until(() => source.scan.ends.length > 0);
    expect(source.scan.ends).toEqual(['complete']);
    expect([...(await measuredSpectra(source)).values()]).toEqual(sums);
    expect(source.scans).toHaveLength(1);
    expect(source.everAlerted).toEqual([]);
  });

  it('are opened once their .hdr is there', async () => {
    await writeFile(path(), frames(0, 6));
    const source = watched({ energy });
    await source.until(() => source.everAlerted.some((message) => message.includes('.hdr, found none')));
    await writeHdr();
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    expect(source.scan.ends).toEqual(['complete']);
    expect(source.alerts.size).toBe(0);
  });

  it('of another acquisition under the same name are another scan', async () => {
    await writeHdr();
    await writeFile(path(), frames(0, 3));
    const source = watched({ energy });
    await source.until(() => source.pixels === 3);
    // The same frames, of another time.
    const later = Buffer.from(content.toString('latin1').replaceAll('2026-01-02', '2026-01-03'), 'latin1');
    await writeFile(path(), later);
    await source.until(() => source.scans.length === 2 && source.scan.ends.length > 0);
    expect(source.scan.opening.scan.id).toBe('scan#2');
    expect([...(await measuredSpectra(source)).values()]).toEqual(sums);
  });

  it('of a file that was cut are another scan, and none where it jumps back for a moment', async () => {
    await writeHdr();
    await writeFile(path(), frames(0, 4));
    const source = watched({ energy });
    await source.until(() => source.pixels === 4);
    await truncate(path(), 3 * frameBytes);
    await sleep(100);
    await appendFile(path(), frames(3, 5));
    await source.until(() => source.pixels === 5);
    expect(source.scans).toHaveLength(1);
    await truncate(path(), 2 * frameBytes);
    await source.until(() => source.scans.length === 2 && source.pixels === 2);
  });

  it('go on where a copy with more of them is renamed over the file', async () => {
    await writeHdr();
    await writeFile(path(), frames(0, 3));
    const source = watched({ energy });
    await source.until(() => source.pixels === 3);
    await writeFile(join(folder, 'scan.part'), frames(0, 6));
    await rename(join(folder, 'scan.part'), path());
    await source.until(() => source.scan.ends.length > 0);
    expect(source.scans).toHaveLength(1);
    expect([...(await measuredSpectra(source)).values()]).toEqual(sums);
  });

  it('with other counts in the middle are another scan', async () => {
    await writeHdr();
    await writeFile(path(), frames(0, 4));
    const source = watched({ energy });
    await source.until(() => source.pixels === 4);
    const other = Buffer.from(frames(0, 4));
    other[2 * frameBytes - 1] ^= 1;
    await writeFile(path(), other);
    await utimes(path(), Date.now() / 1000 + 5, Date.now() / 1000 + 5);
    await source.until(() => source.scans.length === 2 && source.pixels === 4);
  });

  it('wait for one that is not written yet in a file of full size, and leave it out once later ones are', async () => {
    await writeHdr();
    const file = Buffer.alloc(6 * frameBytes);
    file.set(frames(0, 2));
    await writeFile(path(), file);
    const source = watched({ energy });
    await source.until(() => source.pixels === 2);
    // The third frame stays empty.
    file.set(frames(3, 5), 3 * frameBytes);
    await writeFile(path(), file);
    await source.until(() => source.pixels === 4);
    expect([...(await measuredSpectra(source)).keys()]).toEqual([0, 1, 3, 4]);
    expect(
      source.everAlerted.some((message) => message.includes('frame 3: expected a frame of a Merlin')),
    ).toBe(true);
  });

  it('that were lying there are all there is', async () => {
    await writeHdr();
    await writeFile(path(), frames(0, 4));
    const longAgo = Date.now() / 1000 - 3600;
    for (const name of ['scan.mib', 'scan.hdr']) await utimes(join(folder, name), longAgo, longAgo);
    const source = watched({ energy });
    await source.until(() => source.scans.length === 1 && source.scan.ends.length > 0);
    expect(source.scan.ends).toEqual(['aborted']);
    expect([...(await measuredSpectra(source)).values()]).toEqual(sums.slice(0, 4));
  });
});

describe('the session of frames that were watched', () => {
  const { hdr, sums } = MIB_FILES.made['lost frame'];

  it('has the pixels that were measured and their sums, also after one that was lost', async () => {
    await writeFile(join(folder, 'scan.hdr'), hdr);
    await writeFile(join(folder, 'scan.mib'), mibContent('lost frame'));
    const store = new SessionStore({ root: join(scratch, 'sessions'), version: 'test' });
    const options = { energy, rows: [0, 2] as [number, number] };
    const source = watched(options, (files) => new FileRecorder(files, { store, options }));
    await source.until(() => source.pixels === 5);
    await source.stop();
    const [{ folder: session, description }] = await store.list();
    expect(description.files?.options).toEqual(options);
    const replay = new Watched(session, {}, () => sessionSource(session));
    await replay.finished();
    const found = await measuredSpectra(replay);
    expect([...found.keys()]).toEqual([0, 1, 3, 4, 5]);
    expect([...found.values()]).toEqual(sums);
  });
});

describe('a TIA series that is still written', () => {
  const { values, channels } = TIA_FILES['image'];
  const VALID = 18;
  /** The series with its table of offsets and as many elements as are valid; the others are missing. */
  function series(valid: number): Buffer {
    const content = tiaContent('image');
    content.writeUInt32LE(valid, VALID);
    const end = valid < 6 ? content.readUInt32LE(0x7a + 4 * valid) : content.length;
    return content.subarray(0, end);
  }

  it('is measured as far as its number of valid elements says', async () => {
    const path = join(folder, 'scan_1.ser');
    await writeFile(join(folder, 'scan.emi'), '<AcceleratingVoltage>200000</AcceleratingVoltage>');
    await writeFile(path, series(0));
    const source = watched({ times: { settleMs: 30_000 } });
    for (const valid of [1, 2, 5, 6]) {
      await writeFile(path, series(valid));
      await source.until(() => source.pixels === valid);
    }
    await source.until(() => source.scan.ends.length > 0);
    expect(source.scan.ends).toEqual(['complete']);
    expect(source.scan.opening.scan.beamKv).toBe(200);
    expect([...(await measuredSpectra(source)).values()].flat()).toEqual(values);
    expect(source.scans).toHaveLength(1);
    expect(source.everAlerted).toEqual([]);
  });

  it('waits for an element that is counted before it is there', async () => {
    const path = join(folder, 'scan_1.ser');
    await writeFile(path, series(1));
    const source = watched();
    await source.until(() => source.pixels === 1);
    const ahead = series(2);
    ahead.writeUInt32LE(3, VALID);
    await writeFile(path, ahead);
    await source.until(() => source.pixels === 2);
    await sleep(50);
    await writeFile(path, series(3));
    await source.until(() => source.pixels === 3);
    expect([...(await measuredSpectra(source)).values()].flat()).toEqual(values.slice(0, 3 * channels));
  });
});
