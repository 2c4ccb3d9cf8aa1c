import { join } from 'node:path';
import type { PlanRectangle } from '../../protocol/index.ts';
import { acquire } from './acquire.ts';
import { addExposure } from './exposure.ts';
import { type RescanConditions, rescanRectangle } from './rescan.ts';
import { createRippleSink } from './ripple-sink.ts';
import { SimulatedScan } from './scan.ts';
import { DEFAULT_NAME, type SimulateOptions } from './simulate.ts';

/** A rescan as a file, and where it belongs. */
export interface RescanFile {
  path: string;
  rectangle: PlanRectangle;
}

/**
 * Scans regions of a simulated scan again, into `<name>.rescan-<n>.rpl`: the scan is the one that `simulate` writes with the same
 * options. Ends early when `signal` aborts.
 * @returns the files that are complete, in the order of the regions
 */
export async function simulateRescans(
  directory: string,
  rectangles: readonly PlanRectangle[],
  options: SimulateOptions & RescanConditions,
  signal?: AbortSignal,
): Promise<RescanFile[]> {
  const { name = DEFAULT_NAME, dwellSeconds = 0, firstDwell = 1, drift, damage } = options;
  const scan = new SimulatedScan(options);
  options.onPrepared?.();
  const exposure = new Float32Array(scan.shape[0] * scan.shape[1]).fill(scan.passes);
  const files: RescanFile[] = [];
  for (const [index, rectangle] of rectangles.entries()) {
    const number = index + 1;
    const rescan = rescanRectangle(scan, rectangle, {
      number,
      exposure,
      ...(drift && { drift }),
      ...(damage !== undefined && { damage }),
    });
    const stem = join(directory, `${name}.rescan-${number}`);
    const pixelSeconds = dwellSeconds * firstDwell * rectangle.dwells;
    const sink = await createRippleSink(stem, rescan, pixelSeconds);
    const isComplete = await acquire(rescan, sink, {
      dwellSeconds: pixelSeconds,
      ...(signal && { signal }),
    });
    if (!isComplete) break;
    addExposure(exposure, scan.shape[1], rectangle);
    files.push({ path: `${stem}.rpl`, rectangle });
  }
  return files;
}
