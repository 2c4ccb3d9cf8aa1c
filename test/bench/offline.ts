import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Other } from './libraries.ts';

const SCRIPT = new URL('offline.py', import.meta.url).pathname;

/** The published way in Python, where Debian's python3-hyperspy, umap-learn and python3-sklearn are installed. */
export async function byOfflinePython(path: string): Promise<Other[]> {
  try {
    const { stdout } = await promisify(execFile)('/usr/bin/python3', [SCRIPT, path]);
    const { cpuSeconds, pixels } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      cpuSeconds: number;
      pixels: number;
    };
    return [{ name: 'HyperSpy + umap-learn + scikit-learn', cpuMicroseconds: (1e6 * cpuSeconds) / pixels }];
  } catch (error) {
    console.log(
      `SKIPPED: the offline Python pipeline cannot run here (${(error as Error).message.split('\n')[0]})`,
    );
    return [];
  }
}
