import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Progress } from '../../../protocol/index.ts';
import { analyse } from '../../../server/commands/analyse.ts';
import { Console } from '../../../server/commands/console.ts';
import { interruption, unlessInterrupted } from '../../../server/commands/interruption.ts';
import { checkOptions } from '../../../server/config.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import { CliRun } from '../../support/cli.ts';

const PROGRESS: Progress = {
  type: 'progress',
  epoch: 1,
  status: 'live',
  total: 4,
  spectra: 1,
  nextPixel: 1,
  elapsedSeconds: 1,
  newestAt: 0,
  sentAt: 0,
  backlog: 0,
};

let folder: string;
let scan: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
  await simulate(join(folder, 'scan'), { shape: [16, 16] });
  scan = join(folder, 'scan', 'simulated-anode.rpl');
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a reader of the output that stops', () => {
  it('leaves the program to its work', async () => {
    const out = join(folder, 'unread');
    const cli = new CliRun([
      'analyse',
      scan,
      '--out',
      out,
      '--edges',
      'Si-L',
      '--json',
      '--log-level',
      'info',
    ]);
    cli.child.stdout?.destroy();
    cli.child.stderr?.destroy();
    expect(await cli.ended()).toBe(0);
    expect(existsSync(join(out, 'summary.json'))).toBe(true);
  });
});

describe('an interrupt', () => {
  it('before the scan is open ends the analysis, too, and leaves no folder', async () => {
    const out = join(folder, 'interrupted');
    const options = checkOptions({ out, 'log-level': 'silent' });
    await expect(analyse(scan, options, AbortSignal.abort())).rejects.toThrow(
      'interrupted, nothing was written',
    );
    expect(existsSync(out)).toBe(false);
  });

  it('does not wait for what cannot be stopped', async () => {
    const interrupt = new AbortController();
    const work = unlessInterrupted(new Promise(() => {}), interrupt.signal);
    interrupt.abort();
    await expect(work).rejects.toThrow('interrupted');
    expect(await unlessInterrupted(Promise.resolve(1), new AbortController().signal)).toBe(1);
  });

  it('is noticed also where it came before one waits for it', async () => {
    const ended = interruption(AbortSignal.abort()).then(() => 'ended');
    expect(await Promise.race([ended, nextTurn('waits')])).toBe('ended');
  });
});

describe('--log-level silent', () => {
  it('says nothing to people, and everything to scripts that ask for it', () => {
    const [toError, toOutput] = [process.stderr, process.stdout].map((stream) =>
      vi.spyOn(stream, 'write').mockReturnValue(true),
    );
    const say = (terminal: Console) => {
      terminal.event('serving', { url: 'http://127.0.0.1:1/' });
      terminal.alert({ id: 'a', severity: 'error', message: 'the disk is full', at: 0 });
      terminal.progress(PROGRESS);
      terminal.written(1, 2);
    };
    say(new Console({ json: false, 'log-level': 'silent' }));
    expect(toError).not.toHaveBeenCalled();
    expect(toOutput).not.toHaveBeenCalled();
    say(new Console({ json: true, 'log-level': 'silent' }));
    expect(toError).not.toHaveBeenCalled();
    expect(toOutput).toHaveBeenCalledTimes(4);
    say(new Console({ json: false, 'log-level': 'error' }));
    expect(toError).toHaveBeenCalled();
  });
});
