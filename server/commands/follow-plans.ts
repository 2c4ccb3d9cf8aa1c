import type { Plan } from '../../protocol/index.ts';
import type { Options } from '../config.ts';
import type { LiveState } from '../pipeline/live-state.ts';
import { planFile } from '../pipeline/planner/plan-file.ts';
import { type FolderPlan, type FolderPlanStatus, PlanFolder } from '../planning/plan-folder.ts';
import { VERSION } from '../version.ts';
import { outputFolder } from './output-folder.ts';

export interface FollowPlansOptions {
  /** Files of a plan that were written. */
  written: (path: string) => void;
  failed: (message: string) => void;
}

/**
 * The folder that `--plan-folder` names, if any.
 * @throws InputError where it cannot be written
 */
export async function planFolderOf({
  'plan-folder': path,
}: Pick<Options, 'plan-folder'>): Promise<PlanFolder | undefined> {
  return path === undefined ? undefined : PlanFolder.open((await outputFolder('--plan-folder', path)).path);
}

/**
 * Writes every plan that is accepted into a folder, and what becomes of it.
 * @returns ends it: what is still accepted counts as expired
 */
export function followPlans(
  state: Pick<LiveState, 'scan' | 'topics' | 'layers' | 'subscribe'>,
  folder: PlanFolder,
  { written, failed }: FollowPlansOptions,
): () => Promise<void> {
  let held: { plan: Plan; inFolder: Promise<FolderPlan | undefined> } | undefined;
  let work: Promise<unknown> = Promise.resolve();
  /** One after the other, in the order in which things happened. */
  const queue = <Result>(step: () => Promise<Result>): Promise<Result | undefined> => {
    const done = work.then(step).catch((error: unknown) => {
      failed(`a plan could not be written into ${folder.path}: ${(error as Error).message}`);
      return undefined;
    });
    work = done;
    return done;
  };
  const release = (status: FolderPlanStatus) => {
    const inFolder = held?.inFolder;
    held = undefined;
    void queue(async () => {
      const plan = await inFolder;
      if (plan) await folder.mark(plan, status);
    });
  };
  const look = () => {
    const plan = state.topics.get('plan');
    const scan = state.scan?.scan;
    if (plan?.type !== 'plan' || !scan) {
      if (held) release('expired');
      return;
    }
    if (held && (held.plan.epoch !== plan.epoch || plan.status === 'expired')) release('expired');
    else if (held && (plan.status !== 'accepted' || plan.number !== held.plan.number))
      release(plan.history.some(({ number }) => number === held?.plan.number) ? 'scanned' : 'withdrawn');
    if (held || plan.status !== 'accepted') return;
    const json = { ...planFile(state, VERSION) };
    const inFolder = queue(async () => {
      const added = await folder.add(plan, scan, json);
      written(`${folder.path}/plan-${added.number}.json`);
      return added;
    });
    held = { plan, inFolder };
  };
  const unsubscribe = state.subscribe((change) => {
    if (change.type === 'scan' || (change.type === 'topic' && change.key === 'plan')) look();
  });
  look();
  return async () => {
    unsubscribe();
    if (held) release('expired');
    await work;
  };
}
