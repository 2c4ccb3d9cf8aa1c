import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type IngestScan, parseIngestMessage } from '../../../protocol/ingest.ts';
import { ScanSpool } from '../../../server/sources/scan-spool.ts';
import { SpoolLedger } from '../../../server/sources/spool-ledger.ts';
import { SpoolScalars } from '../../../server/sources/spool-scalars.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const reopen = async (path: string, sameBoot: boolean) => {
  const { ledger, written } = await SpoolLedger.open(path, sameBoot);
  await ledger.close();
  return written;
};

describe('a ledger', () => {
  const ranges = [
    { first: 0, end: 5 },
    { first: 7, end: 9 },
    { first: 5, end: 7 },
  ];
  let path: string;
  beforeEach(async () => {
    path = join(folder, 'ledger');
    const { ledger } = await SpoolLedger.open(path, true);
    await ledger.addWritten(ranges[0]);
    await ledger.addWritten(ranges[1]);
    await ledger.addSynced(1);
    await ledger.addWritten(ranges[2]);
    await ledger.close();
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
    const { ledger } = await SpoolLedger.open(path, true);
    await ledger.addWritten({ first: 9, end: 10 });
    await ledger.close();
    expect(await reopen(path, true)).toEqual([...ranges, { first: 9, end: 10 }]);
    const whole = readFileSync(path);
    for (let byte = 0; byte < whole.length; byte++) {
      const spoilt = Buffer.from(whole);
      spoilt[byte] ^= 0x10;
      writeFileSync(path, spoilt);
      const before = Math.floor(byte / 16);
      // The third of the five entries is the mark.
      expect(await reopen(path, true)).toEqual(
        [...ranges, { first: 9, end: 10 }].slice(0, before > 2 ? before - 1 : before),
      );
    }
  });
});

describe('scalar signals', () => {
  it('of records without a value stay NaN after a full disk', async () => {
    let path = '/dev/full';
    const scalars = new SpoolScalars(() => path, 6);
    await expect(scalars.write(0, 4, Float32Array.of(1.5))).rejects.toThrow('ENOSPC');
    path = join(folder, 'scalar');
    await scalars.write(0, 4, Float32Array.of(1.5));
    await scalars.close();
    const { NaN: none } = Number;
    expect(await new SpoolScalars(() => path, 6).read(0)).toEqual(
      Float32Array.of(none, none, none, none, 1.5, none),
    );
  });
});

describe('a spool', () => {
  const PIXELS = 60;
  const scan = parseIngestMessage({
    type: 'scan',
    id: '../a scan/of "ours"',
    shape: [6, 10],
    channels: 3,
    energy: { offset: 0, dispersion: 1 },
    dtype: 'u8',
    lowLoss: { channels: 2, energy: { offset: 0, dispersion: 1 }, dtype: 'u16' },
  }) as IngestScan;
  const core = (first: number, count: number) =>
    Uint8Array.from({ length: 3 * count }, (_, i) => 3 * first + i);
  const lowLoss = (first: number, count: number) =>
    Uint8Array.from({ length: 4 * count }, (_, i) => 200 - 4 * first - i);
  const write = (spool: ScanSpool, first: number, count: number) =>
    spool
      .beginPass(0)
      .then(({ pass }) =>
        pass.write({ first, end: first + count }, [core(first, count), lowLoss(first, count)], new Map()),
      );
  const stateOf = async (root: string) => {
    const spool = await ScanSpool.open(root, scan);
    const { pass } = await spool.beginPass(0);
    const paths = [spool.opening.core.paths[0], spool.opening.lowLoss!.paths[0]];
    const files = paths.map((path) => readFileSync(path));
    const state = { next: pass.next, ranges: pass.ranges(), files };
    await spool.close();
    return state;
  };

  it('lies in one folder below its root, whatever the id', async () => {
    const spool = await ScanSpool.open(folder, scan);
    await spool.close();
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^_a_scan_of_ours_-[0-9a-f]{12}$/)]);
  });

  it('holds after a sudden end, at any moment, what was acknowledged', async () => {
    const root = join(folder, 'running');
    const spool = await ScanSpool.open(root, scan);
    const order = [0, 1, 5, 2, 3, 9, 4, 6, 7, 8].map((piece) => piece * 6);
    let copies = 0;
    let acknowledged: { first: number; end: number }[] = [];
    for (const first of order) {
      const writing = write(spool, first, 6);
      // What the system holds at this moment is what is left when the process is killed now.
      for (const copyAt of ['during', 'after']) {
        if (copyAt === 'after') {
          await writing;
          acknowledged = (await spool.beginPass(0)).pass.ranges();
        }
        const copy = join(folder, `copy-${copies++}`);
        cpSync(root, copy, { recursive: true });
        const { ranges, files } = await stateOf(copy);
        const kept = new Set(
          ranges.flatMap(({ first: from, end }) => Array.from({ length: end - from }, (_, i) => from + i)),
        );
        for (const range of acknowledged)
          for (let pixel = range.first; pixel < range.end; pixel++) expect(kept).toContain(pixel);
        for (const pixel of kept) {
          expect([...files[0].subarray(3 * pixel, 3 * pixel + 3)]).toEqual([...core(pixel, 1)]);
          expect([...files[1].subarray(4 * pixel, 4 * pixel + 4)]).toEqual([...lowLoss(pixel, 1)]);
        }
      }
    }
    expect((await spool.beginPass(0)).pass.next).toBe(PIXELS);
    await spool.close();
  });

  it('trusts only what was synced after the machine has stopped', async () => {
    const spool = await ScanSpool.open(folder, scan);
    await write(spool, 0, 10);
    await spool.sync();
    const { pass } = await spool.beginPass(0);
    expect(pass.synced).toBe(10);
    await write(spool, 10, 20);
    expect([pass.next, pass.synced]).toEqual([30, 10]);
    await spool.close();
    const within = join(folder, readdirSync(folder)[0]);
    const manifest = JSON.parse(readFileSync(join(within, 'scan.json'), 'utf8'));
    manifest.boot = { id: 'another run', at: 0 };
    writeFileSync(join(within, 'scan.json'), JSON.stringify(manifest));
    truncateSync(join(within, 'core-0.raw'), 31);
    const { next, files } = await stateOf(folder);
    expect(next).toBe(10);
    expect([...files[0].subarray(0, 30)]).toEqual([...core(0, 10)]);
    expect((await stateOf(folder)).next).toBe(10);
  });

  it('gives a scalar signal no number that a full disk kept from its description', async () => {
    const spool = await ScanSpool.open(folder, scan);
    expect(await spool.numbersOf(['HAADF', 'HAADF'])).toEqual([0, 0]);
    const draft = join(folder, readdirSync(folder)[0], 'scan.json.new');
    symlinkSync('/dev/full', draft);
    await expect(spool.numbersOf(['ADF'])).rejects.toThrow('ENOSPC');
    rmSync(draft);
    expect(await spool.numbersOf(['BF', 'ADF', 'HAADF'])).toEqual([1, 2, 0]);
    await spool.close();
    const again = await ScanSpool.open(folder, scan);
    expect(again.scalars).toEqual(['HAADF', 'BF', 'ADF']);
    await again.close();
  });

  it('refuses a description it cannot read', async () => {
    const spool = await ScanSpool.open(folder, scan);
    await spool.close();
    writeFileSync(join(folder, readdirSync(folder)[0], 'scan.json'), '{');
    await expect(ScanSpool.open(folder, scan)).rejects.toThrow(
      'scan.json: file: expected the description of a scan',
    );
  });
});
