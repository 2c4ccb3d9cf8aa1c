import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  EDGE_MAPS,
  HASHED_MAPS,
  layerOf,
  MAP_KINDS,
  type MapKind,
  mapKind,
  PAGE_MAPS,
  resultPath,
} from '../../protocol/index.ts';

const KINDS = Object.entries(MAP_KINDS) as [keyof typeof MAP_KINDS, MapKind][];

describe('the table of map kinds', () => {
  it('stands in the description of the wire, kind for kind', () => {
    const readme = readFileSync(new URL('../../protocol/README.md', import.meta.url), 'utf8');
    const rows = readme.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    for (const [kind, { scope, units }] of KINDS) {
      const row = rows.find(([, name, of]) => name === `\`${kind}\`` && of === scope);
      expect(row, `a row for ${kind}`).toBeDefined();
      const subject =
        scope === 'edge'
          ? { edge: '<edge>' }
          : scope === 'pair'
            ? { pair: ['<a>', '<b>'] as [string, string] }
            : {};
      const { dtype, components } = layerOf(kind, subject);
      const path = resultPath(kind, subject);
      expect(row?.slice(3, 6)).toEqual([
        units,
        components === 2 ? `${dtype} × 2` : dtype,
        path === undefined ? '' : `\`${path}\``,
      ]);
    }
  });

  it('names no two files, tabs or places on the page alike', () => {
    const paths = KINDS.flatMap(([, { scope, file }]) => (file === undefined ? [] : [`${scope}/${file}`]));
    expect(new Set(paths).size).toBe(paths.length);
    const pages = KINDS.flatMap(([, { page }]) => (page ? [page] : []));
    expect(new Set(pages.map(({ rank }) => rank)).size).toBe(pages.length);
    expect(new Set(pages.map(({ tab, part }) => `${tab}/${part}`)).size).toBe(pages.length);
  });

  it('hashes labels, embedding and uncertainty, in the order of the layers, as recorded sessions have it', () => {
    expect(HASHED_MAPS).toEqual(['labels', 'embedding', 'uncertainty']);
    expect(EDGE_MAPS.filter((kind) => mapKind(kind).hashed)).toEqual(HASHED_MAPS);
  });

  it('begins the page with the phases and the classes', () => {
    expect(PAGE_MAPS.slice(0, 4)).toEqual(['phases', 'labels', 'intensity', 'information']);
    expect(PAGE_MAPS).not.toContain('embedding');
  });

  it('says what a layer shows in a heading', () => {
    expect(layerOf('snr', { edge: 'Si-L' })).toEqual({
      kind: 'snr',
      name: 'Si-L signal to noise',
      units: 'σ',
      dtype: 'f32',
      components: 1,
      edge: 'Si-L',
    });
    expect(layerOf('information', { pair: ['Si-L', 'C-K'] }).name).toBe('Information Si-L × C-K');
    expect(layerOf('counts').name).toBe('Total counts');
  });
});
