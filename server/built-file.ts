/** Folder of what the build makes of the server: a built module's own; of TypeScript (in tests) the one under dist/. */
const BUILT = new URL(import.meta.url.endsWith('.ts') ? '../dist/server/' : './', import.meta.url);

/** URL of a file that the build makes. */
export const builtFile = (path: string): URL => new URL(path, BUILT);

/**
 * URL of a worker thread's script; Node starts workers from JavaScript only.
 * @param name of its entry in vite.config.ts
 */
export const workerScript = (name: string): URL => builtFile(`${name}.js`);
