import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan, PlanFile, Timeline } from '../../../protocol/index.ts';
import { PLAN_DEFAULTS } from '../../../server/pipeline/planner/plan-options.ts';
import { Player } from '../../../server/replay/player.ts';
import { readResults } from '../../../server/results-reader.ts';
import { readJournal } from '../../../server/sessions/journal/journal-reader.ts';
import { recordSession, type SessionOfTest } from '../../support/recorded-session.ts';

let root: string;
let session: SessionOfTest;
let player: Player;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  session = await recordSession(root, { plan: { ...PLAN_DEFAULTS, inResults: true } });
  player = await Player.open(session.folder, { from: 'end' });
});
afterAll(async () => {
  await player.close();
  rmSync(root, { recursive: true, force: true });
});

const planOf = ({ topics }: Player): Plan => topics.get('plan') as Plan;

describe('a recorded plan', () => {
  it('is shown again, with the maps that it was made from', async () => {
    expect(planOf(player)).toMatchObject({ type: 'plan', status: 'accepted', epoch: player.scan?.epoch });
    expect(['rescan', 'no-rescan']).toContain(planOf(player).verdict);
    const value = player.layers.find(({ layer }) => layer.kind === 'plan-value');
    const expected = session.final.get('Value of a rescan');
    expect(Buffer.from(value?.data.buffer as ArrayBuffer).equals(expected as Buffer)).toBe(true);
  });

  it('is what it was at every moment', async () => {
    const { end } = player.topics.get('timeline') as Timeline;
    const { records } = await readJournal(join(session.folder, 'journal.mcap'));
    const shown = records.filter((record) => record.topic === 'message' && record.content.key === 'plan');
    expect(shown.length).toBeGreaterThan(2);
    await player.command({ type: 'seek', at: shown[0].time });
    expect(planOf(player)).toMatchObject({ status: 'proposed', verdict: 'too-early', regions: [] });
    await player.command({ type: 'seek', at: end });
    expect(planOf(player).status).toBe('accepted');
  });

  it('cannot be changed', async () => {
    const epoch = player.scan?.epoch ?? 0;
    const { request } = PLAN_DEFAULTS;
    await expect(player.command({ type: 'plan', epoch, request })).rejects.toThrow('found a recording');
    await expect(player.command({ type: 'withdraw-plan', epoch })).rejects.toThrow('found a recording');
  });

  it('stands in the journal with what the operator said, and among the results', async () => {
    const { records } = await readJournal(join(session.folder, 'journal.mcap'));
    const actions = records.flatMap((record) => (record.topic === 'action' ? [record.content.command] : []));
    expect(actions).toMatchObject([{ type: 'accept-plan' }]);
    const results = join(session.folder, 'results');
    const file = JSON.parse(readFileSync(join(results, 'plan.json'), 'utf8')) as PlanFile;
    expect(file).toMatchObject({ version: 1, scan: { id: 'anode' }, budget: { unit: 'percent', value: 25 } });
    expect(existsSync(join(results, 'plan-mask.npy'))).toBe(true);
    expect((await readResults(results))['plan-value']).toHaveLength(24 * 16);
  });
});
