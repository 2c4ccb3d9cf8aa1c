import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScanDescription } from '../../../server/sessions/scan-description.ts';
import { SessionStore } from '../../../server/sessions/session-store.ts';

const START = Date.parse('2026-03-04T05:06:07.800Z');
const energy = { offset: 80, dispersion: 0.5, units: 'eV' as const };
const scan = (changes: Partial<ScanDescription> = {}, channels = 4): ScanDescription => ({
  scan: { id: 'scan', name: 'Anode: 3/4', shape: [2, 3], channels, energy, dtype: 'u16' },
  order: 'raster',
  pass: 0,
  ...changes,
});

let root: string;
let now: number;
let store: SessionStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  now = START;
  store = new SessionStore({ root, version: 'test', now: () => now });
});
afterEach(() => rmSync(root, { recursive: true }));

/** Opens a session, ends it if told to, and closes it. */
async function record(description: ScanDescription, end?: 'complete' | 'aborted'): Promise<string> {
  const session = await store.open(description, 'a test');
  await session.beginPass(description.pass);
  if (end) await session.end(end, new Date(now).toISOString());
  await session.close();
  return session.folder;
}
const statuses = async () => (await store.list()).map(({ description }) => description.status);

describe('a scan that is announced', () => {
  it('gets a folder named after time and name, with a number where there is one already', async () => {
    await record(scan(), 'complete');
    now += 100;
    await record(scan({ scan: { ...scan().scan, id: 'other' } }), 'complete');
    expect(readdirSync(root).sort()).toEqual([
      '2026-03-04T05-06-07Z Anode_ 3_4',
      '2026-03-04T05-06-07Z Anode_ 3_4-2',
    ]);
  });

  it('goes on with the session of its id that is open, however old', async () => {
    const folder = await record(scan());
    now += 1e9;
    expect(await record(scan())).toBe(folder);
    expect(await statuses()).toEqual(['open']);
  });

  it('goes on after its end for a minute, and then is another scan', async () => {
    const folder = await record(scan(), 'complete');
    now += 59_000;
    expect(await record(scan(), 'aborted')).toBe(folder);
    now += 61_000;
    expect(await record(scan())).not.toBe(folder);
    expect(await statuses()).toEqual(['open', 'aborted']);
  });

  it('is told from others of its id by when it began, at any time', async () => {
    const today = await record(scan({ started: 'Monday' }), 'complete');
    now += 1000;
    const tomorrow = await record(scan({ started: 'Tuesday' }));
    expect(tomorrow).not.toBe(today);
    now += 1e9;
    expect(await record(scan({ started: 'Monday' }))).toBe(today);
    expect(await record(scan({ started: 'Tuesday' }))).toBe(tomorrow);
  });

  it('of another geometry is another session, and closes the one that an earlier run left open', async () => {
    const left = await record(scan());
    now += 1000;
    expect(await record(scan({}, 5))).not.toBe(left);
    expect(await statuses()).toEqual(['open', 'aborted']);
  });

  it('leaves alone what another monitor is recording', async () => {
    const other = await new SessionStore({ root, version: 'test', now: () => now }).open(scan(), 'another');
    await expect(store.open(scan(), 'a test')).rejects.toMatchObject({ code: 'busy' });
    now += 1000;
    await record(scan({}, 5), 'complete');
    expect(await statuses()).toEqual(['complete', 'open']);
    await other.close();
  });

  it('is refused where it is larger than what is taken', async () => {
    const small = new SessionStore({ root, version: 'test', maxBytes: 2 * 3 * 4 * 2 });
    await (await small.open(scan(), 'a test')).close();
    await expect(small.open(scan({ passes: 2 }), 'a test')).rejects.toMatchObject({
      code: 'storage',
      message: 'scan: shape: expected at most 48 bytes, found 96',
    });
  });
});

it('removes folders that a kill left before their description, and nothing else', async () => {
  const left = ['2026-03-04T05-06-01Z a', '2026-03-04T05-06-02Z b', '2026-03-04T05-06-03Z c', 'mine'];
  for (const name of left) mkdirSync(join(root, name));
  writeFileSync(join(root, left[1], 'session.json.new'), '{');
  writeFileSync(join(root, left[2], 'notes.txt'), 'mine');
  now = Date.now();
  await record(scan());
  expect(readdirSync(root)).toEqual(expect.arrayContaining(left));
  now += 120_000;
  await record(scan({}, 5));
  expect(readdirSync(root).filter((name) => left.includes(name))).toEqual([left[2], 'mine']);
});

it('lists sessions newest first, passes over other folders and names what cannot be read', async () => {
  const first = await record(scan(), 'complete');
  now += 2000;
  const second = await record(scan({ started: 'later' }), 'complete');
  mkdirSync(join(root, 'notes'));
  writeFileSync(join(root, 'session.json'), 'not a folder');
  mkdirSync(join(root, 'broken'));
  writeFileSync(join(root, 'broken', 'session.json'), '{"format": 1}');
  const faults: string[] = [];
  const sessions = await store.list((fault) => faults.push(fault.message));
  expect(sessions.map(({ folder }) => folder)).toEqual([second, first]);
  expect(faults).toEqual([expect.stringMatching(/broken.session\.json: program: /)]);
});
