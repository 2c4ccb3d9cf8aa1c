import { createHash } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CliRun } from '../../support/cli.ts';
import { digestOf, rowsOf } from '../small-scan.ts';
import { type FaultRow, found } from './outcome.ts';
import { isEqual, record } from './recorded.ts';
import { inFolder } from './temporary-folder.ts';
import { EDGES, undisturbed, writeRows } from './undisturbed.ts';

const NOBODY = 65534;

/** Digest of all names, modes, times and bytes below a folder, itself included. */
function treeDigest(root: string): string {
  const hash = createHash('sha256');
  const names = ['', ...readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()];
  for (const name of names) {
    const { mode, size, mtimeMs, ctimeMs, ino } = lstatSync(join(root, name));
    hash.update(JSON.stringify([name, mode, size, mtimeMs, ctimeMs, ino]));
    if (lstatSync(join(root, name)).isFile()) hash.update(readFileSync(join(root, name)));
  }
  return hash.digest('hex');
}

/** S9: a folder that must not be written, watched and analysed by somebody who may not. */
export const readOnlyFolder: FaultRow = {
  fault: 'folder with mode 0555, not root',
  wanted: 'tree and modes unchanged; equal',
  async run(_scale, seed) {
    const isRoot = process.getuid?.() === 0;
    const through = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
    const locked = (folder: string) => {
      chmodSync(folder, 0o555);
      for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o444);
    };
    let isSame = true;
    let before = '';
    let watched = '';
    const { sessions } = await record(async () => {}, {
      launch: { through },
      before: async ({ data, root, sessions: folder }) => {
        chmodSync(root, 0o755);
        if (isRoot) chownSync(folder, NOBODY, NOBODY);
        await writeRows(join(data, 'locked'), rowsOf(seed));
        locked(data);
        before = treeDigest(data);
        watched = data;
      },
      after: async () => {
        isSame = treeDigest(watched) === before;
        chmodSync(watched, 0o755);
      },
    });
    const isWatched = sessions.length === 1 && (await isEqual(sessions[0], seed));
    const isAnalysed = await inFolder(async (root) => {
      const [data, out] = [join(root, 'data'), join(root, 'out')];
      mkdirSync(data);
      mkdirSync(out);
      chmodSync(root, 0o755);
      if (isRoot) chownSync(out, NOBODY, NOBODY);
      await writeRows(join(data, 'locked'), rowsOf(seed));
      locked(data);
      const digest = treeDigest(data);
      const args = ['analyse', join(data, 'locked.rpl'), ...EDGES, '--out', join(out, 'maps')];
      const run = new CliRun(args, out, { through });
      const isDone = (await run.ended()) === 0;
      isSame &&= treeDigest(data) === digest;
      chmodSync(data, 0o755);
      const isMapped = isDone && digestOf(join(out, 'maps')) === (await undisturbed(seed));
      rmSync(out, { recursive: true });
      return isMapped;
    });
    return found(
      isSame && isWatched && isAnalysed,
      `tree ${isSame ? 'unchanged' : 'changed'}; watched ${isWatched ? 'equal' : 'differs'}, analysed ${isAnalysed ? 'equal' : 'differs'}`,
    );
  },
};
