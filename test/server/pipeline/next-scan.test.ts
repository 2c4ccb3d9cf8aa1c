import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseEdges } from '../../../protocol/index.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import { Monitor } from '../../../server/pipeline/monitor.ts';
import { ANALYSIS_DEFAULTS } from '../../../server/pipeline/options.ts';
import type { Rewritten, ScanOpening, Source } from '../../../server/sources/source.ts';

let folder: string;
let opening: ScanOpening;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-next-'));
  await simulate(folder, { shape: [16, 16], seed: 4, dose: 'high' });
  opening = await openScanFile(join(folder, 'simulated-anode.rpl'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Scans that begin as soon as the one before has ended, and what becomes of their final maps. */
async function outcomes(sessions: (string | undefined)[], memory?: number, rewritten?: Rewritten) {
  const [final, postponed, alerts]: string[][] = [[], [], []];
  const monitor = new Monitor({
    analysis: {
      ...ANALYSIS_DEFAULTS,
      edges: parseEdges('Si-L'),
      landmarks: 100,
      live: false,
      ...(memory !== undefined && { memory }),
    },
    version: 'test',
    onFinal: async ({ session, status }) => void final.push(`${session} ${status}`),
    onPostponed: (session) => void postponed.push(session),
    onAlert: ({ id }) => void alerts.push(id),
  });
  const source: Source = {
    description: 'one after the other',
    async *events() {
      for (const [index, session] of sessions.entries()) {
        const scan = { ...opening.scan, id: `scan ${index}`, name: `scan ${index}` };
        yield { type: 'scan', opening: { ...opening, scan, ...(session !== undefined && { session }) } };
        yield { type: 'measured', first: 0, count: 256, pass: 0 };
        const isRewritten = rewritten !== undefined && index === 0;
        yield isRewritten
          ? { type: 'end', status: 'aborted', rewritten }
          : { type: 'end', status: 'complete' };
      }
    },
  };
  try {
    await monitor.follow(source, new AbortController().signal);
    await monitor.settled();
  } finally {
    await monitor.close();
  }
  return { final, postponed, alerts };
}

it('one scan off show is kept until its final maps are there; those of others are made from their sessions later', async () => {
  const { final, postponed, alerts } = await outcomes(['a', 'b', 'c', 'd']);
  // Whether the first one is through when the third is replaced is a matter of time.
  expect(final.slice(0, 1)).toEqual(['a complete']);
  expect(final.at(-1)).toBe('d complete');
  expect(postponed).toContain('b');
  const all = [...final.map((each) => each.slice(0, 1)), ...postponed];
  expect(all.sort()).toEqual(['a', 'b', 'c', 'd']);
  expect(alerts).not.toContain('not-final');
}, 60_000);

it('a scan whose analysis does not fit in memory beside the next one is not kept', async () => {
  const { final, postponed } = await outcomes(['a', 'b'], 400);
  expect(final).toEqual(['b complete']);
  expect(postponed).toEqual(['a']);
}, 60_000);

it('where nothing is recorded, final maps that will not be made are said', async () => {
  const { final, postponed, alerts } = await outcomes([undefined, undefined]);
  expect(final).toEqual(['undefined complete']);
  expect(postponed).toEqual([]);
  expect(alerts).toContain('not-final');
}, 60_000);

it.each([
  ['copied', 'a'],
  ['lost', undefined],
] as const)(
  'a scan whose file was rewritten gets no final maps of what the file holds now (%s)',
  async (rewritten, session) => {
    const { final, postponed, alerts } = await outcomes([session, 'b'], undefined, rewritten);
    expect(final).toEqual(['b complete']);
    // They are made of the copy.
    expect(postponed).toEqual(session === undefined ? [] : [session]);
    expect(alerts).toContain('rewritten');
    expect(alerts).not.toContain('not-final');
  },
  60_000,
);
