import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { hasResults } from '../../../server/sessions/has-results.ts';
import { readDescription } from '../../../server/sessions/session-description.ts';
import { CliRun, type Launch } from '../../support/cli.ts';
import { digestOf, rowsOf, sessionsIn } from '../small-scan.ts';
import { inFolder } from './temporary-folder.ts';
import { EDGES, undisturbed } from './undisturbed.ts';

/** A session as a monitor left it. */
export interface SessionLeft {
  status: string;
  /** The counts that were recorded. */
  counts: Buffer;
  /** Digest of its final maps. */
  maps: string;
  folder: string;
}

export interface Recorded {
  sessions: SessionLeft[];
  monitor: CliRun;
  /** The monitor was there until it was stopped. */
  alive: boolean;
}

/**
 * What happens to the monitor. @param data the folder that is watched; `sessions` that of the recordings; `url` where it is served,
 * without a slash
 */
export type Happenings = (place: {
  data: string;
  sessions: string;
  root: string;
  url: string;
  monitor: CliRun;
}) => Promise<void>;

export interface RecordOptions {
  command?: 'watch' | 'listen';
  launch?: Launch;
  args?: string[];
  /** Sessions that are waited for until they have their final maps. */
  scans?: number;
  patienceMs?: number;
  /** Prepares the folders before the monitor starts. */
  before?: (place: { data: string; root: string; sessions: string }) => Promise<void> | void;
  /** Looks at what is left before that is removed. */
  after?: (recorded: Recorded) => Promise<void>;
}

/** Has the built program record what happens, with the counts, and returns what it left. */
export function record(happenings: Happenings, options: RecordOptions = {}): Promise<Recorded> {
  const { command = 'watch', launch, args = [], scans = 1, patienceMs = 60_000, before, after } = options;
  return inFolder(async (root) => {
    const [data, sessions] = [join(root, 'data'), join(root, 'sessions')];
    mkdirSync(data);
    mkdirSync(sessions);
    await before?.({ data, root, sessions });
    const common = ['--port', '0', '--record', sessions, ...EDGES, '--json', ...args];
    const own = command === 'watch' ? [data, '--record-counts'] : [];
    const monitor = new CliRun([command, ...own, ...common], undefined, launch);
    let alive = false;
    try {
      const { url } = await monitor.event(({ event }) => event === 'serving');
      await happenings({ data, sessions, root, url: String(url).replace(/\/$/, ''), monitor });
      const end = performance.now() + patienceMs;
      const isOver = async () => (await finishedIn(sessions)) >= scans && !isBusy(monitor);
      while (!(await isOver()) && performance.now() < end && isRunning(monitor)) await wait(50);
      alive = isRunning(monitor);
    } finally {
      if (isRunning(monitor)) await monitor.stop();
    }
    const recorded = {
      sessions: await Promise.all(sessionsIn(sessions).map(leftIn(sessions))),
      monitor,
      alive,
    };
    await after?.(recorded);
    return recorded;
  });
}

/** Whether one session holds the scan of a seed, byte for byte, and the maps of an undisturbed run. */
export async function isEqual(session: SessionLeft | undefined, seed: number): Promise<boolean> {
  if (session === undefined || !session.counts.equals(Buffer.concat(rowsOf(seed)))) return false;
  return session.maps === (await undisturbed(seed));
}

export const isRunning = ({ child }: CliRun): boolean => child.exitCode === null && child.signalCode === null;

/** Spectra that were said to be there, and when (ms since 1970). */
export const progressOf = ({
  events,
}: CliRun): { at: number; epoch: number; spectra: number; status: string }[] =>
  events
    .filter(({ event }) => event === 'progress')
    .map(({ sentAt, epoch, spectra, status }) => ({
      at: Number(sentAt),
      epoch: Number(epoch),
      spectra: Number(spectra),
      status: String(status),
    }));

/** Whether it still makes maps: those in a session may be of the part that was there before then. */
const isBusy = (monitor: CliRun): boolean => {
  const status = progressOf(monitor).at(-1)?.status;
  return status === 'live' || status === 'finalising';
};

async function finishedIn(root: string): Promise<number> {
  let finished = 0;
  for (const name of sessionsIn(root)) {
    const description = await readDescription(join(root, name)).catch(() => undefined);
    const isOver = description?.status === 'complete' || description?.status === 'aborted';
    if (isOver && (await hasResults(join(root, name)))) finished++;
  }
  return finished;
}

/** The counts of each session in a folder of recordings, as they are now. */
export const countsIn = (root: string): Buffer[] =>
  sessionsIn(root).map((name) => countsOf(join(root, name)));

function countsOf(folder: string): Buffer {
  try {
    return readFileSync(join(folder, 'core.raw'));
  } catch {
    return Buffer.alloc(0);
  }
}

const leftIn =
  (root: string) =>
  async (name: string): Promise<SessionLeft> => {
    const folder = join(root, name);
    const description = await readDescription(folder);
    const maps = (await hasResults(folder)) ? digestOf(join(folder, 'results')) : 'none';
    return { status: String(description?.status), counts: countsOf(folder), maps, folder };
  };
