import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** Imports between the project's own files, types included. */
function readImports(): Map<string, string[]> {
  const files = ['protocol', 'server', 'client'].flatMap((top) =>
    readdirSync(join(ROOT, top), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(top, name)),
  );
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map(
        ([, specifier]) => specifier,
      );
      return [file, specifiers.map((specifier) => relative(ROOT, resolve(ROOT, dirname(file), specifier)))];
    }),
  );
}

const imports = readImports();
/** `server/analysis`, or `server` for a file that lies right there. */
const folderOf = (file: string) => file.split('/').slice(0, -1).slice(0, 2).join('/') || file;
const edges = [...imports].flatMap(([from, targets]) => targets.map((to) => ({ from, to })));

/** What each folder of the server may import besides itself and the protocol. */
const ALLOWED: Record<string, string[]> = {
  'server/analysis': [],
  'server/kernels': ['server/analysis', 'server'],
  'server/formats': [],
  'server/sessions': ['server/formats'],
  'server/rescans': ['server/analysis', 'server/formats'],
  'server/sockets': [],
  'server/sources': ['server/formats', 'server/sessions', 'server/rescans', 'server/sockets'],
  'server/planning': ['server/analysis', 'server/formats'],
  'server/microscope': ['server/formats', 'server/analysis'],
  'server/references': ['server/analysis', 'server/formats'],
  'server/pipeline': ['server/analysis', 'server/kernels', 'server/formats', 'server/sources', 'server'],
  'server/replay': ['server/sessions', 'server/sources', 'server/pipeline', 'server/formats'],
  'server/comparison': ['server/analysis', 'server/formats', 'server/pipeline', 'server'],
  'server/exporting': ['server/formats', 'server/sessions', 'server/sources', 'server'],
  'server/hub': [
    'server/pipeline',
    'server/replay',
    'server/formats',
    'server/exporting',
    'server/sessions',
    'server/planning',
    'server/sockets',
    'server',
  ],
};

describe('the house', () => {
  it('is read at all', () => {
    expect(imports.size).toBeGreaterThan(100);
    expect(edges.length).toBeGreaterThan(imports.size);
  });

  it('keeps the protocol free of server and client, and the two of each other', () => {
    const top = (file: string) => file.split('/')[0];
    const wrong = edges.filter(({ from, to }) => top(from) !== top(to) && top(to) !== 'protocol');
    expect(wrong).toEqual([]);
  });

  it('lets imports between folders of the server point one way', () => {
    const wrong = edges.filter(({ from, to }) => {
      const allowed = ALLOWED[folderOf(from)];
      const target = folderOf(to);
      return allowed && to.startsWith('server/') && target !== folderOf(from) && !allowed.includes(target);
    });
    expect(wrong).toEqual([]);
  });

  it('lets each folder of the client know those before it alone', () => {
    const folders = [
      'color',
      'geometry',
      'transport',
      'model',
      'styles',
      'render',
      'interaction',
      'elements',
    ];
    const place = (file: string) => folders.indexOf(file.match(/^client\/([^/]*)\//)?.[1] ?? '');
    const wrong = edges.filter(({ from, to }) => place(from) >= 0 && place(to) > place(from));
    expect(wrong).toEqual([]);
  });

  it('lets the pipeline know sources by their interface alone', () => {
    const wrong = edges.filter(
      ({ from, to }) =>
        from.startsWith('server/pipeline/') &&
        to.startsWith('server/sources/') &&
        to !== 'server/sources/source.ts',
    );
    expect(wrong).toEqual([]);
  });

  it('lets the folders of the pipeline know those before them alone', () => {
    const folders = [
      'threads',
      'reading',
      'fit',
      'edge',
      'survey',
      'names',
      'phases',
      'information',
      'planner',
    ];
    /** What lies beside the folders and knows none of their insides but types of maps. */
    const known = ['live-state.ts', 'options.ts', 'raised-alert.ts', 'scan-layers.ts'];
    const place = (file: string) => file.match(/^server\/pipeline\/([^/]*)/)?.[1];
    const wrong = edges.filter(({ from, to }) => {
      const [own, other] = [place(from), place(to)];
      if (own === undefined || other === undefined || own === other || !folders.includes(own)) return false;
      if (!folders.includes(other)) return !known.includes(other);
      return folders.indexOf(other) > folders.indexOf(own);
    });
    expect(wrong).toEqual([]);
  });

  it('lets the folders of the analysis know those before them alone', () => {
    const folders = [
      'math',
      'windows',
      'detector',
      'background',
      'decomposition',
      'embedding',
      'information',
      'clustering',
      'references',
      'low-loss',
      'energy-axis',
      'alignment',
      'phases',
      'scan',
      'plan',
    ];
    const place = (file: string) => folders.indexOf(file.match(/^server\/analysis\/([^/]*)\//)?.[1] ?? '');
    const unplaced = [...imports.keys()].filter(
      (file) => file.startsWith('server/analysis/') && place(file) < 0,
    );
    expect(unplaced).toEqual([]);
    const wrong = edges.filter(({ from, to }) => place(from) >= 0 && place(to) > place(from));
    expect(wrong).toEqual([]);
  });

  it('has at most 30 files in a folder of the analysis or the pipeline', () => {
    const files = new Map<string, number>();
    for (const file of imports.keys()) {
      if (!/^server\/(analysis|pipeline)\//.test(file)) continue;
      files.set(dirname(file), (files.get(dirname(file)) ?? 0) + 1);
    }
    expect(files.size).toBeGreaterThan(15);
    expect([...files].filter(([, count]) => count > 30)).toEqual([]);
  });

  it('keeps pure folders free of input, output, clocks and chance', () => {
    const impure =
      /\bfrom 'node:|\bDate\.now\(|\bMath\.random\(|\bperformance\.now\(|\bdocument\.|\baddEventListener\(|\bfetch\(/;
    const wrong = [...imports.keys()].filter(
      (file) =>
        /^(server\/analysis|client\/geometry|client\/color)\//.test(file) &&
        impure.test(readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
    );
    expect(wrong).toEqual([]);
  });

  it('has no cycles between files', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      const at = path.indexOf(file);
      if (at >= 0) cycles.push([...path.slice(at), file].join(' → '));
      if (at >= 0 || done.has(file)) return;
      for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of imports.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });
});
