import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builtFile } from '../../server/built-file.ts';

/** Built files that are loaded with this one, itself included: what it imports before it runs. */
function loadedWith(name: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(name)) return loaded;
  loaded.add(name);
  const imports = readFileSync(builtFile(name), 'utf8').matchAll(
    /^(?:import|export) .*?"\.\/([^"]+\.js)";$/gm,
  );
  for (const [, other] of imports) loadedWith(other, loaded);
  return loaded;
}

describe('built threads', () => {
  it.each(['edge-worker.js', 'learner-worker.js', 'fit-worker.js', 'cli.js'])(
    '%s loads umap-js and ml-kmeans only when they are asked for',
    (thread) => {
      const loaded = [...loadedWith(thread)];
      expect(loaded.length).toBeGreaterThan(1);
      const code = loaded.map((name) => readFileSync(builtFile(name), 'utf8')).join('\n');
      expect(code).not.toMatch(/node_modules\/(umap-js|ml-kmeans)\//);
    },
  );

  it('keep each library in a file of its own', () => {
    expect(readFileSync(builtFile('umap-js-layout.js'), 'utf8')).toMatch(/node_modules\/umap-js\//);
    expect(readFileSync(builtFile('ml-kmeans.js'), 'utf8')).toMatch(/node_modules\/ml-kmeans\//);
  });
});
