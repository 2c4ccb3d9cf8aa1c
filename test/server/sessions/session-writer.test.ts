import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SignalFiles } from '../../../server/sessions/passes/signal-files.ts';
import { WriteLedger } from '../../../server/sessions/passes/write-ledger.ts';
import { rowMajorBlocks, type ScanDescription } from '../../../server/sessions/scan-description.ts';
import {
  readDescription,
  type SessionDescription,
  writeDescription,
} from '../../../server/sessions/session-description.ts';
import { SessionWriter } from '../../../server/sessions/session-writer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const reopen = async (path: string, sameBoot: boolean) => {
  const { ledger, written } = await WriteLedger.open(path, sameBoot);
  await ledger.release();
  return written;
};

describe('a ledger', () => {
  const ranges = [
    { first: 0, end: 5, checksums: [1, 0] },
    { first: 7, end: 9, checksums: [2, 2 ** 32 - 1] },
    { first: 5, end: 7, checksums: [3, 0] },
  ];
  const last = { first: 9, end: 10, checksums: [4, 5] };
  let path: string;
  beforeEach(async () => {
    path = join(folder, 'ledger');
    const { ledger } = await WriteLedger.open(path, true);
    await ledger.addWritten(ranges[0]);
    await ledger.addWritten(ranges[1]);
    await ledger.addSynced(1);
    await ledger.addWritten(ranges[2]);
    await ledger.release();
  });

  it('keeps everything while the machine runs, what was synced when it has not', async () => {
    expect(await reopen(path, true)).toEqual(ranges);
    expect(await reopen(path, false)).toEqual([ranges[0]]);
    expect(await reopen(path, true)).toEqual([ranges[0]]);
    expect(await reopen(path, false)).toEqual([ranges[0]]);
  });

  it('goes on after a torn or spoilt entry with what lies before it', async () => {
    appendFileSync(path, Buffer.alloc(9, 1));
    expect(await reopen(path, true)).toEqual(ranges);
    const { ledger } = await WriteLedger.open(path, true);
    await ledger.addWritten(last);
    await ledger.release();
    expect(await reopen(path, true)).toEqual([...ranges, last]);
    const whole = readFileSync(path);
    for (let byte = 0; byte < whole.length; byte++) {
      const spoilt = Buffer.from(whole);
      spoilt[byte] ^= 0x10;
      writeFileSync(path, spoilt);
      const before = Math.floor(byte / 24);
      // The third of the five entries is the mark.
      expect(await reopen(path, true)).toEqual([...ranges, last].slice(0, before > 2 ? before - 1 : before));
    }
  });
});

describe('scalar signals', () => {
  it('of pixels without a value stay NaN after a full disk', async () => {
    let path = '/dev/full';
    const scalars = new SignalFiles(() => path, 6);
    await expect(scalars.write(0, 4, Float32Array.of(1.5))).rejects.toThrow('ENOSPC');
    path = join(folder, 'scalar');
    await scalars.write(0, 4, Float32Array.of(1.5));
    await scalars.release();
    const { NaN: none } = Number;
    expect(await new SignalFiles(() => path, 6).read(0)).toEqual(
      Float32Array.of(none, none, none, none, 1.5, none),
    );
  });
});

describe('a session', () => {
  const ROWS = 6;
  const COLUMNS = 10;
  const PIXELS = ROWS * COLUMNS;
  const energy = { offset: 0, dispersion: 1, units: 'eV' as const };
  const scan: ScanDescription = {
    scan: {
      id: '../a scan/of "ours"',
      name: 'ours',
      shape: [ROWS, COLUMNS],
      channels: 3,
      energy,
      dtype: 'u8',
      lowLoss: { channels: 2, energy, dtype: 'u16' },
    },
    order: 'raster',
    pass: 0,
  };
  const about = {
    program: { name: 'eelwatch' as const, version: 'test' },
    source: 'a test',
    created: '2026-01-01T00:00:00.000Z',
  };
  const core = (first: number, count: number) =>
    Uint8Array.from({ length: 3 * count }, (_, i) => 3 * first + i);
  const lowLoss = (first: number, count: number) =>
    Uint8Array.from({ length: 4 * count }, (_, i) => 200 - 4 * first - i);
  const write = (session: SessionWriter, first: number, count: number) =>
    session
      .beginPass(0)
      .then(({ pass }) =>
        pass.write({ first, end: first + count }, [core(first, count), lowLoss(first, count)], new Map()),
      );
  const resume = async (within: string) =>
    SessionWriter.resume(within, scan, (await readDescription(within)) as SessionDescription);
  const stateOf = async (within: string) => {
    const session = await resume(within);
    const { pass } = await session.beginPass(0);
    const paths = [session.layouts.core.paths[0], session.layouts.lowLoss!.paths[0]];
    const files = paths.map((path) => readFileSync(path));
    const state = { next: pass.next, spans: pass.spans(), files };
    await session.close();
    return state;
  };
  let within: string;
  beforeEach(() => {
    within = join(folder, 'session');
  });

  it.runIf(process.platform === 'linux')(
    'keeps the files of one pass open, however many there are',
    async () => {
      const openFiles = () =>
        readdirSync('/proc/self/fd').filter((fd) => {
          try {
            return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
          } catch {
            return false;
          }
        }).length;
      const session = await SessionWriter.create(within, scan, about);
      await session.numbersOf(['HAADF']);
      const { pass: last } = await session.beginPass(120);
      await last.write(
        { first: 0, end: 2 },
        [core(0, 2), lowLoss(0, 2)],
        new Map([[0, new Float32Array(2)]]),
      );
      const { pass } = await session.beginPass(3);
      await pass.write({ first: 0, end: 2 }, [core(0, 2), lowLoss(0, 2)], new Map());
      expect(openFiles()).toBeLessThanOrEqual(4);
      await session.sync();
      expect([last.syncedCount, pass.syncedCount]).toEqual([2, 2]);
      await session.close();
      expect(openFiles()).toBe(0);
    },
  );

  it('has files of full size from the start, with headers beside them', async () => {
    const session = await SessionWriter.create(within, scan, about);
    await session.beginPass(0);
    await session.numbersOf(['HAADF', 'dark/field', 'core', 'Dark_field']);
    await session.close();
    expect(readFileSync(join(within, 'core.raw'))).toHaveLength(3 * PIXELS);
    expect(readFileSync(join(within, 'low-loss.raw'))).toHaveLength(4 * PIXELS);
    expect(
      readdirSync(within)
        .filter((name) => name.endsWith('.rpl'))
        .sort(),
    ).toEqual(['Dark_field-2.rpl', 'HAADF.rpl', 'core-2.rpl', 'core.rpl', 'dark_field.rpl', 'low-loss.rpl']);
  });

  it('holds after a crash, at any moment, what was acknowledged', async () => {
    const session = await SessionWriter.create(within, scan, about);
    const order = [0, 1, 5, 2, 3, 9, 4, 6, 7, 8].map((piece) => piece * 6);
    let copies = 0;
    let acknowledged: { first: number; end: number }[] = [];
    for (const first of order) {
      const writing = write(session, first, 6);
      // What the system holds at this moment is what is left when the process is killed now.
      for (const copyAt of ['during', 'after']) {
        if (copyAt === 'after') {
          await writing;
          acknowledged = (await session.beginPass(0)).pass.spans();
        }
        const copy = join(folder, `copy-${copies++}`);
        cpSync(within, copy, { recursive: true });
        if (copyAt === 'during' && (await readDescription(copy))?.passes === 0) continue;
        const { spans, files } = await stateOf(copy);
        const kept = new Set(
          spans.flatMap(({ first: from, end }) => Array.from({ length: end - from }, (_, i) => from + i)),
        );
        for (const span of acknowledged)
          for (let pixel = span.first; pixel < span.end; pixel++) expect(kept).toContain(pixel);
        for (const pixel of kept) {
          expect([...files[0].subarray(3 * pixel, 3 * pixel + 3)]).toEqual([...core(pixel, 1)]);
          expect([...files[1].subarray(4 * pixel, 4 * pixel + 4)]).toEqual([...lowLoss(pixel, 1)]);
        }
      }
    }
    expect((await session.beginPass(0)).pass.next).toBe(PIXELS);
    await session.close();
  });

  it('trusts only what was synced after the machine has stopped', async () => {
    const session = await SessionWriter.create(within, scan, about);
    await write(session, 0, 10);
    await session.sync();
    const { pass } = await session.beginPass(0);
    expect(pass.synced).toBe(10);
    await write(session, 10, 20);
    expect([pass.next, pass.synced]).toEqual([30, 10]);
    await session.close();
    const description = (await readDescription(within)) as SessionDescription;
    await writeDescription(within, { ...description, boot: { id: 'another run', at: 0 } });
    truncateSync(join(within, 'core.raw'), 31);
    const { next, files } = await stateOf(within);
    expect(next).toBe(10);
    expect([...files[0].subarray(0, 30)]).toEqual([...core(0, 10)]);
    expect((await stateOf(within)).next).toBe(10);
  });

  it('gives a scalar signal no number that a full disk kept from its description', async () => {
    const session = await SessionWriter.create(within, scan, about);
    expect(await session.numbersOf(['HAADF', 'HAADF'])).toEqual([0, 0]);
    const draft = join(within, 'session.json.new');
    symlinkSync('/dev/full', draft);
    await expect(session.numbersOf(['ADF'])).rejects.toThrow('ENOSPC');
    rmSync(draft);
    expect(await session.numbersOf(['BF', 'ADF', 'HAADF'])).toEqual([1, 2, 0]);
    await session.close();
    const again = await resume(within);
    expect(again.signals).toEqual(['HAADF', 'BF', 'ADF']);
    await again.close();
  });

  it('does not give out samples that are not those that were written', async () => {
    const session = await SessionWriter.create(within, scan, about);
    await write(session, 0, 10);
    await write(session, 10, 10);
    await session.close();
    const path = join(within, 'low-loss.raw');
    const spoilt = readFileSync(path);
    spoilt[4 * 12 + 1] ^= 1;
    writeFileSync(path, spoilt);
    expect((await stateOf(within)).spans).toEqual([{ first: 0, end: 10, present: true }]);
    const again = await resume(within);
    await write(again, 10, 10);
    await again.close();
    expect((await stateOf(within)).next).toBe(20);
  });

  it.each([
    ['removed', (path: string) => rmSync(path), 0],
    ['cut', (path: string) => truncateSync(path, 40), 10],
  ])('notices that its samples were %s, and asks for what is lost', async (_, damage, kept) => {
    const session = await SessionWriter.create(within, scan, about);
    await write(session, 0, 10);
    await write(session, 10, 10);
    await session.sync();
    damage(join(within, 'core.raw'));
    await write(session, 20, 10);
    await expect(session.sync()).rejects.toThrow(
      `core.raw was removed or cut while it is recorded; ${30 - kept} spectra are missing and needed again`,
    );
    const { pass } = await session.beginPass(0);
    expect([pass.next, pass.synced]).toEqual([kept, kept]);
    await write(session, 0, PIXELS);
    await session.end('complete', '2026-01-01T00:00:01.000Z');
    await session.close();
    const { next, files } = await stateOf(within);
    expect(next).toBe(PIXELS);
    expect([...files[0]]).toEqual([...core(0, PIXELS)]);
  });

  it('notices that its ledger was removed', async () => {
    const session = await SessionWriter.create(within, scan, about);
    await write(session, 0, 10);
    rmSync(join(within, 'core.ledger'));
    await expect(session.sync()).rejects.toThrow('10 spectra are missing and needed again');
    await write(session, 0, 10);
    await session.sync();
    await session.close();
    expect((await stateOf(within)).next).toBe(10);
  });

  it('is not complete with a sample that is not the one that was written', async () => {
    const session = await SessionWriter.create(within, scan, about);
    await write(session, 0, 30);
    await write(session, 30, PIXELS - 30);
    const file = await open(join(within, 'core.raw'), 'r+');
    await file.write(Buffer.from([255]), 0, 1, 3 * 40 + 1);
    await file.close();
    const end = () => session.end('complete', '2026-01-01T00:00:01.000Z');
    await expect(end()).rejects.toThrow(`${PIXELS - 30} spectra are missing and needed again`);
    expect(session.description.status).toBe('open');
    await write(session, 30, PIXELS - 30);
    await end();
    expect(session.description.status).toBe('complete');
    await session.close();
  });

  it('never takes for synced what a failed sync may have dropped', async () => {
    const session = await SessionWriter.create(within, scan, about);
    await write(session, 0, 10);
    await session.sync();
    await write(session, 10, 20);
    const probe = await open(join(within, 'core.raw'));
    const failed = vi.spyOn(Object.getPrototypeOf(probe), 'datasync');
    await probe.close();
    failed.mockRejectedValueOnce(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
    await expect(session.sync()).rejects.toThrow(
      'EIO: i/o error, fdatasync; 20 spectra are missing and needed again',
    );
    failed.mockRestore();
    const { pass } = await session.beginPass(0);
    // The second attempt would succeed: the system has forgotten what it could not write.
    await session.sync();
    expect([pass.next, pass.synced]).toEqual([10, 10]);
    await write(session, 10, 20);
    await session.sync();
    expect(pass.synced).toBe(30);
    await session.close();
    const description = (await readDescription(within)) as SessionDescription;
    await writeDescription(within, { ...description, boot: { id: 'another run', at: 0 } });
    expect((await stateOf(within)).next).toBe(30);
  });

  it('is refused while another has it open, and free again when that one is closed', async () => {
    const session = await SessionWriter.create(within, scan, about);
    await expect(resume(within)).rejects.toMatchObject({ code: 'busy' });
    await session.close();
    await (await resume(within)).close();
  });

  it('is not read when its description is broken or of a later version', async () => {
    const session = await SessionWriter.create(within, scan, about);
    await session.close();
    const path = join(within, 'session.json');
    const description = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...description, format: 9 }));
    await expect(readDescription(within)).rejects.toThrow(
      'session.json: format: expected one of 1, 2, 3, 4, 5, 6, the versions known here',
    );
    writeFileSync(path, JSON.stringify({ ...description, passes: 1 }));
    await expect(readDescription(within)).rejects.toThrow(
      'session.json: checksum: expected that of the content',
    );
    writeFileSync(path, '{');
    await expect(readDescription(within)).rejects.toThrow(
      'session.json: file: expected the description of a session',
    );
  });
});

it('blocks of a serpentine scan are turned into rows, whatever their borders', () => {
  const [rows, columns] = [5, 4];
  const acquired = Array.from({ length: rows * columns }, (_, step) => {
    const row = Math.floor(step / columns);
    return row * columns + (row % 2 === 1 ? columns - 1 - (step % columns) : step % columns);
  });
  const scan = { shape: [rows, columns] } as ScanDescription['scan'];
  fc.assert(
    fc.property(fc.nat(rows * columns - 1), fc.integer({ min: 1, max: 9 }), (first, most) => {
      const count = Math.min(most, rows * columns - first);
      const steps = acquired.slice(first, first + count);
      const blocks = rowMajorBlocks(
        { scan, order: 'serpentine' },
        {
          first,
          count,
          core: Uint8Array.from(steps.flatMap((pixel) => [pixel, 100 + pixel])),
          signals: [['HAADF', Float32Array.from(steps)]],
        },
      );
      const seen = blocks.flatMap(({ first: from, end, parts, signals }) =>
        Array.from({ length: end - from }, (_, i) => [
          from + i,
          parts[0][2 * i],
          parts[0][2 * i + 1],
          signals[0][1][i],
        ]),
      );
      expect(seen.sort(([a], [b]) => a - b)).toEqual(
        steps.toSorted((a, b) => a - b).map((pixel) => [pixel, pixel, 100 + pixel, pixel]),
      );
    }),
  );
});
