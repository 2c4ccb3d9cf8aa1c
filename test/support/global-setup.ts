import { existsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { findBrowser } from './find-browser.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the browser, or why there is none. */
    chromium: { path: string } | { missing: string };
  }
}

/** Once before all tests: worker threads run the built program, browser tests a browser that was looked for. */
export default async function setup(project: TestProject): Promise<void> {
  if (!existsSync(new URL('../../dist/server/cli.js', import.meta.url)))
    throw new Error('The tests start the built program: run "npm run build" first, or "npm test"');
  const chromium = await findBrowser().then(
    (path) => ({ path }),
    (error: unknown) => ({ missing: error instanceof Error ? error.message : String(error) }),
  );
  project.provide('chromium', chromium);
}
