import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HeaderTry } from './header-opener.ts';

/** An input that takes so long is taken for one that never ends. */
const HANG_MS = 20_000;
/** The libraries of all formats are loaded before the first one. */
const START_MS = 120_000;
/** Of processor time, for one header. */
const SLOW_MS = 50;

export interface HeaderFigures {
  /** Headers that were changed at random and opened. */
  tried: number;
  opened: number;
  refused: number;
  /** Of HDF5 files so damaged that the library goes round in circles: ended after 3 s, and refused by name. */
  stopped: number;
  /** Ended by anything but an InputError. */
  crashed: number;
  /** Did not end. */
  hung: number;
  /** Took more than 50 ms of processor time, three times. */
  slow: number;
  /** Longest processor time, ms. */
  longestMs: number;
  /** Growth of the process that opens them, after its first hundred, at its highest, MiB. */
  grownMiB: number;
}

/** What went wrong, to be seen: format, number of the try, and what it ended by. */
export type OnFault = (fault: string) => void;

/**
 * Changes headers of files of every format at random (bytes, numbers that become absurd, long runs of one letter, cuts), opens them as
 * the program does, and counts how that ends. They are opened in a
 * process of their own, so that one that never ends is noticed.
 */
export async function fuzzHeaders(
  tries: number,
  seed: number,
  onFault: OnFault = () => {},
): Promise<HeaderFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'eelwatch-headers-'));
  const figures: HeaderFigures = {
    tried: 0,
    opened: 0,
    refused: 0,
    stopped: 0,
    crashed: 0,
    hung: 0,
    slow: 0,
    longestMs: 0,
    grownMiB: 0,
  };
  try {
    for (let next = 0; next < tries; ) next = await openSome(folder, next, tries, seed, figures, onFault);
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the number of the first try that is still to be made */
function openSome(
  folder: string,
  first: number,
  end: number,
  seed: number,
  figures: HeaderFigures,
  onFault: OnFault,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const opener = fork(
      fileURLToPath(new URL('./header-opener.ts', import.meta.url)),
      [folder, first, end, seed].map(String),
      { execArgv: ['--import', import.meta.resolve('tsx')], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    );
    let done = first;
    let heard = performance.now();
    const watchdog = setInterval(() => {
      if (performance.now() - heard < (done === first ? START_MS : HANG_MS)) return;
      figures.hung++;
      figures.tried++;
      onFault(`try ${done} of seed ${seed} does not end`);
      leave(done + 1);
    }, 500);
    const leave = (next: number) => {
      clearInterval(watchdog);
      opener.removeAllListeners('exit');
      opener.once('exit', () => resolve(next));
      opener.kill('SIGKILL');
    };
    opener.on('message', ({ format, outcome, ms, grownMiB, fault }: HeaderTry) => {
      heard = performance.now();
      figures.tried++;
      figures[outcome]++;
      if (ms > SLOW_MS) figures.slow++;
      figures.longestMs = Math.max(figures.longestMs, Math.round(ms));
      figures.grownMiB = Math.max(figures.grownMiB, Math.round(grownMiB));
      if (fault !== undefined || ms > SLOW_MS)
        onFault(`try ${done} of seed ${seed} (${format}, ${Math.round(ms)} ms): ${fault ?? outcome}`);
      done++;
      if (done >= end) leave(end);
    });
    opener.on('exit', (code) => {
      clearInterval(watchdog);
      reject(new Error(`the process that opens headers ended with ${code} at try ${done} of seed ${seed}`));
    });
  });
}
