import { execFileSync } from 'node:child_process';
import { describe } from 'vitest';

const PYTHON = '/usr/bin/python3';
const SCRIPT = new URL('../oracle/hyperspy_round_trip.py', import.meta.url).pathname;

/** A signal as HyperSpy has it (see the script). */
export interface HyperspySignal {
  title: string;
  class: string;
  dtype: string;
  shape: number[];
  /** Of the samples in C order, little endian. */
  sha256: string;
  axes: {
    name: string | null;
    size: number;
    offset: number;
    scale: number;
    units: string | null;
    navigate: boolean;
    is_binned: boolean;
  }[];
  metadata: Record<string, Record<string, unknown>>;
}

/** What HyperSpy finds in files. */
export function readWithHyperspy(...paths: string[]): HyperspySignal[][] {
  const text = execFileSync(PYTHON, [SCRIPT, ...paths], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const found = JSON.parse(text) as Record<string, HyperspySignal[]>;
  return paths.map((path) => found[path]);
}

function whyMissing(): string | undefined {
  try {
    execFileSync(PYTHON, ['-c', 'import hyperspy, zarr'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n').slice(0, 3).join(' ');
  }
}

/** A `describe` for tests that ask HyperSpy: skipped, and loudly, where it is missing. */
export function describeHyperspy(name: string, tests: () => void): void {
  const missing = whyMissing();
  if (missing !== undefined)
    console.warn(
      `SKIPPED: "${name}" needs HyperSpy (apt-get install python3-hyperspy python3-zarr): ${missing}`,
    );
  describe.skipIf(missing !== undefined)(name, tests);
}
