import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { ScanDescription } from '../../../../server/sessions/scan-description.ts';
import { SessionStore } from '../../../../server/sessions/session-store.ts';
import { RecordedScan } from '../../../../server/sources/recording/recorded-scan.ts';
import type { SourceEvent } from '../../../../server/sources/source.ts';

const root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
afterAll(() => rmSync(root, { recursive: true }));

const SCAN: ScanDescription = {
  scan: {
    id: 'lost',
    name: 'lost',
    shape: [4, 5],
    channels: 3,
    energy: { offset: 0, dispersion: 1, units: 'eV' },
    dtype: 'u8',
  },
  order: 'raster',
  pass: 0,
};
const block = (first: number, count: number) => ({
  first,
  count,
  core: Uint8Array.from({ length: 3 * count }, (_, i) => 3 * first + i + 1),
  signals: [],
});

it('a scan whose spectra were lost is reported anew, and complete once they have come again', async () => {
  const events: SourceEvent[] = [];
  const session = await new SessionStore({ root, version: 'test' }).open(SCAN, 'a test');
  const scan = await RecordedScan.begin(session, 0, { report: (event) => events.push(event) });
  await scan.record(block(0, 12));
  rmSync(join(scan.folder, 'core.raw'));
  await expect(scan.end('complete')).rejects.toThrow('12 spectra are missing and needed again');
  expect(scan.state).toEqual({ next: 0, synced: 0 });
  await scan.record(block(0, 20));
  await scan.end('complete');
  await scan.close();
  expect(events.map(({ type }) => type)).toEqual(['scan', 'measured', 'scan', 'measured', 'end']);
  expect(events[3]).toMatchObject({ first: 0, count: 20 });
});
