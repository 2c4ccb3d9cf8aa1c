/**
 * URL of a file that the build makes, beside the calling module. When the module itself runs as TypeScript (in tests),
 * the file lies under dist/.
 * @param moduleUrl the caller's `import.meta.url`
 */
export function builtFile(moduleUrl: string, name: string): URL {
  const beside = new URL(`./${name}`, moduleUrl);
  if (moduleUrl.endsWith('.js')) return beside;
  const root = new URL('..', import.meta.url);
  return new URL(`dist/${beside.href.slice(root.href.length)}`, root);
}

/**
 * URL of a worker thread's script beside the calling module; Node starts workers from JavaScript only.
 * @param moduleUrl the caller's `import.meta.url`
 * @param name file name without suffix
 */
export const workerScript = (moduleUrl: string, name: string): URL => builtFile(moduleUrl, `${name}.js`);
