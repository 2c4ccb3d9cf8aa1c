import { rm } from 'node:fs/promises';
import { InputError } from '../../protocol/index.ts';
import { createRandom } from '../../server/analysis/math/random.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import { OVERDUE } from '../../server/formats/hdf5/call-deadline.ts';
import { brokenHeader } from './broken-header.ts';
import { headerSamples } from './header-samples.ts';

/** How one header ended. */
export interface HeaderTry {
  format: string;
  outcome: 'opened' | 'refused' | 'stopped' | 'crashed';
  /** Processor time of the process; the shortest of three openings where the first one took long. */
  ms: number;
  grownMiB: number;
  fault?: string;
}

/** Headers until the memory of the process is taken for what it needs anyway. */
const WARM = 100;
const LONG_MS = 50;

const [folder, ...numbers] = process.argv.slice(2);
const [first, end, seed] = numbers.map(Number);
const samples = await headerSamples(folder);
// Libraries are loaded when the first file needs them.
for (const sample of samples) await open(await sample.write(sample.header), 0);

let baseline = 0;
for (let n = first; n < end; n++) {
  const random = createRandom(seed * 1_000_003 + n);
  const sample = samples[n % samples.length];
  const path = await sample.write(brokenHeader(sample.header, random));
  const kind = Math.floor(random() * 4);
  let result = await open(path, kind);
  // Again where the collector, the compiler or another process may have been in the way: the shortest time counts.
  for (let again = 0; again < 2 && result.ms > LONG_MS; again++) {
    const { ms, ...ended } = await open(path, kind);
    result = { ...ended, ms: Math.min(ms, result.ms) };
  }
  const memory = process.memoryUsage.rss() / 2 ** 20;
  if (n - first <= WARM) baseline = Math.max(baseline, memory);
  const ended: HeaderTry = { ...result, format: sample.format, grownMiB: memory - baseline };
  process.send?.(ended);
}

/** @param kind which options are given: none, an axis, a shape, or both */
async function open(path: string, kind: number): Promise<Pick<HeaderTry, 'outcome' | 'ms' | 'fault'>> {
  const options = {
    scratch: folder,
    ...(kind % 2 === 1 && { energy: { offset: 100, dispersion: 0.5, units: 'eV' as const } }),
    ...(kind > 1 && { shape: [3, 2] as [number, number] }),
  };
  const start = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  try {
    const { core } = await openScanFile(path, options);
    const ms = spent();
    if (core.paths[0].endsWith('.f32')) await rm(core.paths[0], { force: true });
    return { outcome: 'opened', ms };
  } catch (error) {
    const ms = spent();
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (error instanceof InputError && code === OVERDUE) return { outcome: 'stopped', ms: 0 };
    return error instanceof InputError
      ? { outcome: 'refused', ms }
      : {
          outcome: 'crashed',
          ms,
          fault: error instanceof Error ? (error.stack ?? error.message) : String(error),
        };
  }
}
