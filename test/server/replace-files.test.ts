import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../../server/formats/files/make-folder.ts';
import { replaceFiles } from '../../server/replace-files.ts';
import { earlierResults } from '../../server/results-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = async (root: string, files: Record<string, string>) => {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
};

/** Files below the folder, with their text. */
async function content(): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = files.map(
    async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}

const EARLIER = { 'summary.json': '1', 'counts.npy': '1', 'C-K/labels.npy': '1', 'O-K/labels.npy': '1' };
const OWN = { 'notes.txt': 'mine', 'C-K/figure.txt': 'mine' };
const how = { last: 'summary.json', earlier: Object.keys(EARLIER) };

describe('replacing files', () => {
  it('takes away all of an earlier run, and leaves what else lies there', async () => {
    await put(folder, { ...EARLIER, ...OWN });
    const fresh = { 'summary.json': '2', 'Si-L/labels.npy': '2' };
    await replaceFiles(folder, how, (draft) => put(draft, fresh));
    expect(await content()).toEqual({ ...fresh, ...OWN });
    expect((await readdir(folder)).sort()).toEqual(['C-K', 'Si-L', 'notes.txt', 'summary.json']);
  });

  it('makes the folder where it was removed meanwhile', async () => {
    await rm(folder, { recursive: true });
    await replaceFiles(folder, how, (draft) => put(draft, { 'summary.json': '2' }));
    expect(await content()).toEqual({ 'summary.json': '2' });
  });

  it('changes nothing when the disk is full before all is written', async () => {
    await put(folder, { ...EARLIER, ...OWN });
    const full = async (draft: string) => {
      await put(draft, { 'summary.json': '2', 'counts.npy': '2' });
      throw new Error('ENOSPC: no space left on device, write');
    };
    await expect(replaceFiles(folder, how, full)).rejects.toThrow(
      `${folder}: nothing there was changed, since not all files could be written (ENOSPC`,
    );
    expect(await content()).toEqual({ ...EARLIER, ...OWN });
  });

  it('leaves no summary beside half of the files, says where they are, and a later run clears up', async () => {
    await put(folder, { ...EARLIER, 'Si-L': 'a file where a folder belongs' });
    const fresh = { 'summary.json': '2', 'counts.npy': '2', 'Si-L/labels.npy': '2' };
    const draft = join(folder, '.eelwatch-part', 'new');
    await expect(replaceFiles(folder, how, (place) => put(place, fresh))).rejects.toThrow(
      `they lie in ${draft}`,
    );
    const left = await content();
    expect(left).not.toHaveProperty('summary.json');
    expect(left['.eelwatch-part/new/Si-L/labels.npy']).toBe('2');
    await rm(join(folder, 'Si-L'));
    // Nothing says any more what the earlier run has written.
    const earlier = await earlierResults(folder, ['Si-L']);
    await replaceFiles(folder, { last: 'summary.json', earlier }, (place) =>
      put(place, { 'summary.json': '3' }),
    );
    expect(await content()).toEqual({ 'summary.json': '3' });
  });
});

describe('a folder for results', () => {
  it.each([
    ['session.json', '{ "program": { "name": "eelwatch" } }', 'found a recorded session'],
    ['summary.json', '{ "title": "my thesis" }', 'expected no summary.json, or that of an analysis'],
    ['summary.json', '', 'expected no summary.json, or that of an analysis'],
    ['counts.npy', 'mine', 'found counts.npy alone'],
    ['My-Edge/labels.npy', 'mine', 'found My-Edge alone'],
  ])('is refused where %s is not of an analysis', async (file, text, message) => {
    await put(folder, { [file]: text });
    await expect(earlierResults(folder, ['My-Edge'])).rejects.toThrow(`--out: ${folder}: `);
    await expect(earlierResults(folder, ['My-Edge'])).rejects.toThrow(message);
  });

  it('may hold anything else', async () => {
    await put(folder, { 'scan.raw': '', 'C-K/notes.txt': '' });
    expect(await earlierResults(folder, ['Si-L'])).toEqual([]);
  });
});

describe('making a folder', () => {
  it('makes those above it, and says which', async () => {
    const path = join(folder, 'a', 'b');
    expect(await makeFolder(path)).toEqual([join(folder, 'a'), path]);
    expect(await makeFolder(path)).toEqual([]);
  });

  it('fails at once where the system has no place for it', async () => {
    await put(folder, { file: '' });
    await expect(makeFolder(join(folder, 'file', 'x'))).rejects.toThrow('ENOTDIR');
    await expect(makeFolder(join(folder, 'file'))).rejects.toThrow('is no folder');
    await expect(makeFolder('/proc/eelwatch/x')).rejects.toThrow('/proc/eelwatch');
  });
});
