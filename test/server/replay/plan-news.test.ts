import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { PastPlan, Plan, PlanRegion } from '../../../protocol/index.ts';
import { planNews } from '../../../server/replay/plan-news.ts';
import { SessionKeeper } from '../../../server/session-keeper.ts';
import { readJournal } from '../../../server/sessions/journal/journal-reader.ts';
import { sessionFiles } from '../../../server/sessions/session-files.ts';
import { FakeLiveState } from '../../support/fake-live-state.ts';

const region: PlanRegion = {
  ...{ y: 1, x: 4, height: 2, width: 3, dwells: 2 },
  ...{ number: 1, gain: 12.4, reason: 'undecided', state: 'accepted' },
};
const plan = (changes: Partial<Plan>): Plan => ({
  type: 'plan',
  version: 1,
  epoch: 1,
  number: 3,
  status: 'proposed',
  verdict: 'rescan',
  words: 'Worth its dose',
  request: { budget: { unit: 'percent', value: 25 }, terms: ['classes'] },
  regions: [region],
  cost: { pixelDwells: 12, percent: 3 },
  gain: 12.4,
  wrong: 40,
  settled: { curve: [], mayStop: false },
  history: [],
  ...changes,
});
const past = (changes: Partial<PastPlan> = {}): PastPlan => ({
  number: 3,
  at: 1e12,
  regions: [region],
  predictedGain: 12.4,
  ...changes,
});

/** As plans follow each other in a scan. */
const accepted = plan({ status: 'accepted', history: [past()] });
it.each<[string, Plan | undefined, Plan, string[]]>([
  ['proposals are not news', undefined, plan({}), []],
  ['another proposal neither', plan({}), plan({ number: 4 }), []],
  ['a yes', plan({}), accepted, ['plan 3 accepted: 1 region, 12 pixels expected to be put right']],
  ['the same yes', accepted, accepted, []],
  ['the yes taken back', accepted, plan({}), ['plan 3 withdrawn']],
  ['a scan that changed', accepted, plan({ status: 'expired', history: [past()] }), ['plan 3 has expired']],
  [
    'what came of it',
    accepted,
    plan({ number: 4, history: [past({ achievedGain: 1 })] }),
    ['plan 3 put 1 pixel right, 12 pixels had been expected'],
  ],
])('%s', (_, before, now, news) => {
  expect(planNews(now, before)).toEqual(news);
});

it('stands in the journal once for every number, status and outcome', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  const keeper = new SessionKeeper({ version: 'test', options: {}, alert: () => {}, cleared: () => {} });
  try {
    const state = new FakeLiveState();
    state.begin([6, 8], []);
    const opening = { scan: state.scan?.scan, core: {}, session: folder } as never;
    const notes = keeper.notes({
      description: 'a test',
      async *events() {
        yield { type: 'scan', opening };
      },
    });
    for await (const _ of notes.events(new AbortController().signal));
    keeper.follow(state as never);
    for (const each of [plan({}), plan({ gain: 13 }), accepted, accepted, plan({ number: 4 })])
      state.publish(each);
    await keeper.close();
    const { records } = await readJournal(sessionFiles(folder).journal);
    const noted = records.flatMap((record) => (record.topic === 'plan' ? [record.content.plan] : []));
    expect(noted.map(({ number, status }) => [number, status])).toEqual([
      [3, 'proposed'],
      [3, 'accepted'],
      [4, 'proposed'],
    ]);
    expect(noted[1]).toEqual(accepted);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
