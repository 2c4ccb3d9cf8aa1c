/**
 * URL of a worker thread's script beside the calling module. Node starts workers from JavaScript only: when the module
 * itself runs as TypeScript (in tests), the built twin under dist/ is started.
 * @param moduleUrl the caller's `import.meta.url`
 * @param name file name without suffix
 */
export function workerScript(moduleUrl: string, name: string): URL {
  if (moduleUrl.endsWith('.js')) return new URL(`./${name}.js`, moduleUrl);
  const source = new URL(`./${name}.js`, moduleUrl);
  const root = new URL('..', import.meta.url);
  return new URL(`dist/${source.href.slice(root.href.length)}`, root);
}
