import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    outDir: '../dist/client',
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: true,
    rolldownOptions: {
      input: ['index.html', 'compare.html'].map((page) => `${import.meta.dirname}/${page}`),
    },
    // The embedding, the maps and the plot are one page: nothing is gained by loading them apart.
    chunkSizeWarningLimit: 1500,
  },
});
