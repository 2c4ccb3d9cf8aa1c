import { chmod } from 'node:fs/promises';
import { defineConfig } from 'vite';

/** Commands and threads: each loads one or two files instead of some hundred, and starts in a third of the time. */
const ENTRIES = {
  cli: 'cli.ts',
  'edge-worker': 'pipeline/edge/edge-worker.ts',
  'export-worker': 'hub/export-worker.ts',
  'fit-worker': 'pipeline/fit/fit-worker.ts',
  'information-worker': 'pipeline/information/information-worker.ts',
  'learner-worker': 'pipeline/edge/learner-worker.ts',
  'name-worker': 'pipeline/names/name-worker.ts',
  'phase-worker': 'pipeline/phases/phase-worker.ts',
  'planner-worker': 'pipeline/planner/planner-worker.ts',
  'rescan-worker': 'sources/rescans/rescan-worker.ts',
  'survey-worker': 'pipeline/survey/survey-worker.ts',
};

export default defineConfig({
  root: import.meta.dirname,
  // Compiled code: found at run time where it is. Some of it may be missing.
  ssr: {
    noExternal: true,
    external: [
      'bufferutil',
      'utf-8-validate',
      'msgpackr-extract',
      'h5wasm/node',
      '@resvg/resvg-wasm',
      'dejavu-fonts-ttf',
    ],
  },
  plugins: [
    {
      name: 'executable',
      // `npx eelwatch` runs the file by itself.
      closeBundle: () => chmod(`${import.meta.dirname}/../dist/server/cli.js`, 0o755),
    },
  ],
  build: {
    ssr: true,
    outDir: '../dist/server',
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: Object.fromEntries(
        Object.entries(ENTRIES).map(([name, file]) => [name, `${import.meta.dirname}/${file}`]),
      ),
      // All in one folder: what is beside a file in it is beside every other (built-file.ts).
      // What threads share is one file: a hundred that are loaded at once are a hundred that are open at once.
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        codeSplitting: {
          groups: [{ name: 'analysis', test: /\/server\/(analysis|kernels|pipeline)\//, minShareCount: 3 }],
        },
      },
    },
  },
});
