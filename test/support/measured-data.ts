import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe } from 'vitest';

const ROOT = resolve(
  new URL('../..', import.meta.url).pathname,
  process.env['EELWATCH_DATA'] ?? '../shared/data',
);

/** Path of a file of the measured data (folder EELWATCH_DATA, default ../shared/data); undefined where it is missing. */
export function measuredData(relativePath: string): string | undefined {
  const path = join(ROOT, relativePath);
  return existsSync(path) ? path : undefined;
}

/** A `describe` for tests that need measured files: skipped, and loudly, where one of them is missing. */
export function describeMeasured(name: string, relativePaths: string[], tests: () => void): void {
  const missing = relativePaths.filter((path) => measuredData(path) === undefined);
  if (missing.length > 0)
    console.warn(
      `SKIPPED: "${name}" needs measured data that are not there: ${missing.slice(0, 3).join(', ')}` +
        `${missing.length > 3 ? ` and ${missing.length - 3} more` : ''} (set EELWATCH_DATA to their folder)`,
    );
  describe.skipIf(missing.length > 0)(name, tests);
}
