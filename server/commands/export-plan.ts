import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError } from '../../protocol/index.ts';
import type { Options } from '../config.ts';
import { writeFileWhole } from '../exporting/draft.ts';
import { planFormatOf, writePlan } from '../planning/plan-formats.ts';
import { parsePlanFile } from '../planning/read-plan.ts';

/** Where a folder of results, or of a session, holds its plan. */
const PLACES = ['plan.json', join('results', 'plan.json')];

/**
 * Writes the plan of a folder of results, or of a session, in the format that the end of `to` names.
 * @throws InputError when there is no plan, or the name is taken
 */
export async function exportPlan(path: string, to: string, { force }: Pick<Options, 'force'>): Promise<void> {
  const format = planFormatOf(basename(to));
  if (!format) throw new RangeError(`no format of plans: ${to}`);
  const { plan, scan } = await readPlan(path);
  await writeFileWhole(to, await writePlan(format, plan, scan), { force });
}

async function readPlan(path: string): Promise<ReturnType<typeof parsePlanFile>> {
  for (const place of PLACES) {
    const file = join(path, place);
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw new InputError(file, 'file', `expected one that can be read (${error.message})`, {
        cause: error,
      });
    });
    if (text !== undefined) return parsePlanFile(text, file);
  }
  throw new InputError(
    path,
    'folder',
    `expected results or a session with a plan.json; "analyse --budget" writes one`,
  );
}
