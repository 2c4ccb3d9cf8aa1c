import { pixelCount } from '../../protocol/index.ts';
import type { Monitor } from '../../server/pipeline/monitor.ts';
import type { ScanRun } from '../../server/pipeline/scan-run.ts';
import type { ScanOpening, Source } from '../../server/sources/source.ts';

/** Resolves when something holds; the test's own time limit ends a wait in vain. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/**
 * A scan in three parts, 40 % of the pixels, 70 % and all, for the monitor that follows it.
 * @param interlude what is to happen when all edges have worked through the first two parts
 */
export function inParts(
  opening: ScanOpening,
  monitor: Monitor,
  interlude: (run: ScanRun, part: number) => Promise<void>,
): Source {
  const pixels = pixelCount(opening.scan);
  return {
    description: 'parts',
    async *events() {
      yield { type: 'scan', opening };
      const ends = [Math.floor(0.4 * pixels), Math.floor(0.7 * pixels), pixels];
      for (const [part, end] of ends.entries()) {
        const first = part === 0 ? 0 : ends[part - 1];
        yield { type: 'measured', first, count: end - first, pass: 0 };
        const { run } = monitor;
        if (!run || part === 2) continue;
        await until(() => run.edges.every(({ analysed }) => analysed >= end));
        await interlude(run, part);
      }
      yield { type: 'end', status: 'complete' };
    },
  };
}
