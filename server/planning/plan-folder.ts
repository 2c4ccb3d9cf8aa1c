import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../formats/files/make-folder.ts';
import { PLAN_FORMATS, writePlan } from './plan-formats.ts';
import type { ExportedPlan, PlannedScan } from './planned-scan.ts';

/** `scanned`: all its regions came in. `withdrawn`: the operator withdrew it, or accepted another plan. */
export type FolderPlanStatus = 'accepted' | 'scanned' | 'withdrawn' | 'expired';

/** A plan in the folder. */
export interface FolderPlan {
  /** Of its files. */
  readonly number: number;
  readonly content: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * A folder that scripts watch for accepted plans. `plan-<number>.json` appears last and whole, when the other files of the plan
 * are there; what becomes of the plan is told in its `status`, for which the file is replaced whole. Numbers
 * go up, also beyond those that an earlier run has left.
 */
export class PlanFolder {
  readonly path: string;
  #last: number;

  private constructor(path: string, last: number) {
    this.path = path;
    this.#last = last;
  }

  /** Makes the folder where it is missing. */
  static async open(path: string): Promise<PlanFolder> {
    await makeFolder(path);
    const numbers = (await readdir(path)).map((name) => Number(/^plan-(\d+)\./.exec(name)?.[1] ?? 0));
    return new PlanFolder(path, Math.max(0, ...numbers));
  }

  /**
   * Writes an accepted plan under its own number, or the next that is free.
   * @param content of `plan.json`
   */
  async add(
    plan: ExportedPlan,
    scan: PlannedScan,
    content: Readonly<Record<string, unknown>>,
  ): Promise<FolderPlan> {
    const number = Math.max(plan.number ?? 0, this.#last + 1);
    this.#last = number;
    const files: Record<string, string> = {};
    for (const format of PLAN_FORMATS) {
      const name = `plan-${number}.${format}`;
      await this.#write(name, await writePlan(format, plan, scan));
      files[format] = name;
    }
    const added = { number, content, files };
    await this.mark(added, 'accepted');
    return added;
  }

  /** Tells what has become of a plan. */
  async mark({ number, content, files }: FolderPlan, status: FolderPlanStatus): Promise<void> {
    const text = JSON.stringify({ ...content, number, status, files }, undefined, 2);
    await this.#write(`plan-${number}.json`, `${text}\n`);
  }

  /** Written beside its place first, so that nobody sees part of a file. */
  async #write(name: string, data: string | Uint8Array): Promise<void> {
    const draft = join(this.path, `.${name}.part`);
    await writeFile(draft, data);
    await rename(draft, join(this.path, name));
  }
}
