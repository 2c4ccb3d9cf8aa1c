import { defineConfig } from 'vitest/config';
import { LongFirst } from './support/long-first.ts';

/** Tests of functions alone: they start nothing and leave nothing, so that files need no process of their own. */
const FUNCTIONS = ['client', 'server/analysis', 'server/kernels'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    reporters: ['default', './test/support/tally-reporter.ts'],
    sequence: { sequencer: LongFirst },
    setupFiles: ['test/support/property-seed.ts'],
    // Analyses start threads of their own: two files at a time keep a small machine responsive.
    maxWorkers: 2,
    // These end what hangs; on a machine that does much else besides, what goes on takes several times as long.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      { extends: true, test: { name: 'functions', include: FUNCTIONS, isolate: false } },
      {
        extends: true,
        test: {
          name: 'program',
          include: ['test/**/*.test.ts'],
          exclude: FUNCTIONS,
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
