import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../../protocol/index.ts';
import { followPlans } from '../../../server/commands/follow-plans.ts';
import { PlanFolder } from '../../../server/planning/plan-folder.ts';
import { PLAN_FORMATS } from '../../../server/planning/plan-formats.ts';
import { parsePlanFile } from '../../../server/planning/read-plan.ts';
import { examplePlan } from '../../support/example-plan.ts';
import { FakeLiveState } from '../../support/fake-live-state.ts';

let root: string;
let state: FakeLiveState;
let written: string[];
let failures: string[];
let end: () => Promise<void>;

async function follow(): Promise<void> {
  end = followPlans(state, await PlanFolder.open(root), {
    written: (path) => written.push(path),
    failed: (message) => failures.push(message),
  });
}
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  state = new FakeLiveState();
  [written, failures] = [[], []];
  state.begin([12, 12], []);
  await follow();
});
afterEach(async () => {
  await end();
  rmSync(root, { recursive: true, force: true });
});

function show(changes: Partial<Plan>): void {
  state.topics.set('plan', examplePlan(changes));
  state.tell({ type: 'topic', key: 'plan' });
}
const names = () => readdirSync(root).sort();
const content = (number: number) => JSON.parse(readFileSync(join(root, `plan-${number}.json`), 'utf8'));
const until = async (holds: () => boolean) => {
  for (let i = 0; i < 500 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
};
const statusOf = (number: number) => (names().includes(`plan-${number}.json`) ? content(number).status : '');

describe('--plan-folder', () => {
  it('gets the files of a plan that is accepted, plan-<number>.json last', async () => {
    show({});
    show({ status: 'accepted' });
    await until(() => written.length === 1);
    expect(names()).toEqual([...PLAN_FORMATS.map((name) => `plan-1.${name}`), 'plan-1.json'].sort());
    expect(written).toEqual([join(root, 'plan-1.json')]);
    expect(content(1)).toMatchObject({
      status: 'accepted',
      budget: { unit: 'percent', value: 25 },
      scan: { id: 'scan-1', shape: [12, 12] },
      files: { 'nion.json': 'plan-1.nion.json' },
    });
    const { plan } = parsePlanFile(readFileSync(written[0], 'utf8'), written[0]);
    expect(plan.regions).toEqual(examplePlan().regions.map(({ state: _, ...region }) => region));
  });

  it('holds nothing of a plan that is proposed', async () => {
    show({});
    await end();
    expect(names()).toEqual([]);
  });

  it.each<[string, Partial<Plan>]>([
    ['withdrawn', { status: 'proposed', number: 2 }],
    ['expired', { status: 'expired' }],
    [
      'scanned',
      {
        status: 'proposed',
        number: 2,
        history: [{ number: 1, at: 5, regions: [], predictedGain: 3, achievedGain: 2 }],
      },
    ],
  ])('says when a plan is %s', async (status, changes) => {
    show({ status: 'accepted' });
    show(changes);
    await until(() => statusOf(1) === status);
    const { plan } = parsePlanFile(readFileSync(written[0], 'utf8'), written[0]);
    expect(plan.regions).toHaveLength(2);
    expect(plan.status).not.toBe('accepted');
  });

  it('keeps plans apart, and those of another scan', async () => {
    show({ status: 'accepted' });
    show({ status: 'accepted', number: 4 });
    await until(() => statusOf(4) === 'accepted' && statusOf(1) === 'withdrawn');
    state.begin([12, 12], [], 2);
    state.tell({ type: 'scan', message: state.scan! });
    await until(() => statusOf(4) === 'expired');
    show({ status: 'accepted', number: 1, epoch: 2 });
    // Number 1 is taken, and scripts look at names.
    await until(() => statusOf(5) === 'accepted');
    expect(content(5).scan.id).toBe('scan-2');
  });

  it('says in the end that a plan is not in force any more, and a later run goes on counting', async () => {
    show({ status: 'accepted' });
    await end();
    expect(statusOf(1)).toBe('expired');
    state.topics.clear();
    await follow();
    show({ status: 'accepted' });
    await until(() => statusOf(2) === 'accepted');
    expect(failures).toEqual([]);
  });

  it('leaves no drafts, and says when it cannot write', async () => {
    rmSync(root, { recursive: true });
    writeFileSync(root, 'not a folder');
    show({ status: 'accepted' });
    await until(() => failures.length === 1);
    expect(failures[0]).toContain(`a plan could not be written into ${root}`);
  });
});
