import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SessionLock } from '../../../server/sessions/session-lock.ts';
import { CliRun } from '../../support/cli.ts';

const root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
afterAll(() => rmSync(root, { recursive: true }));

it('whoever has a folder open is named by its process, also where the folder is not made yet', async () => {
  const folder = join(root, 'not made yet');
  const lock = await SessionLock.take(folder);
  expect(await SessionLock.isTaken(folder)).toBe(true);
  await expect(SessionLock.take(folder)).rejects.toThrow(
    `${folder}: another monitor (process ${process.pid}) is recording here`,
  );
  lock.release();
  expect(await SessionLock.isTaken(folder)).toBe(false);
});

it('a second monitor does not listen for the same folder', async () => {
  const folder = join(root, 'recordings');
  const lock = await SessionLock.take(folder);
  const second = new CliRun(['listen', '--port', '0', '--record', folder]);
  expect(await second.ended()).not.toBe(0);
  expect(second.stderr).toContain(
    `--record: ${folder}: expected a folder of its own for each monitor that listens (${folder}: another monitor (process ${process.pid}) is recording here)`,
  );
  lock.release();
});

it('work that gives way stops for whoever needs the folder, and not for whoever asks about it', async () => {
  const folder = join(root, 'given away');
  let asked = 0;
  const first: SessionLock = await SessionLock.take(folder, async () => {
    asked++;
    first.release();
  });
  expect(await SessionLock.isTaken(folder)).toBe(true);
  expect(asked).toBe(0);
  const second = await SessionLock.take(folder);
  expect(asked).toBe(1);
  // The second one does not give way.
  await expect(SessionLock.take(folder)).rejects.toMatchObject({ code: 'busy' });
  second.release();
});
