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
    // All libraries are needed for the one page, so splitting the bundle gains nothing.
    chunkSizeWarningLimit: 1500,
  },
});
