import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatRippleHeader } from '../../../../server/formats/text/ripple-header.ts';
import type { WatchOptions } from '../../../../server/sources/folders/directory.ts';
import { type DmImage, dmFile } from '../../../support/dm-file.ts';
import { Watched } from '../../../support/watched.ts';

let top: string;
let folder: string;
const running: Watched[] = [];
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'eelwatch-folders-'));
  folder = join(top, 'watched');
  await mkdir(folder);
});
afterEach(async () => {
  for (const source of running.splice(0)) await source.stop().catch(() => {});
  await rm(top, { recursive: true });
});

function watched(path = folder, options: WatchOptions = {}): Watched {
  const source = new Watched(path, options);
  running.push(source);
  return source;
}

const PIXELS = 12;
const RECORD = 8;
const samples = Uint8Array.from({ length: PIXELS * RECORD }, (_, index) => 1 + (index % 250));

/** A Ripple scan of 3 × 4 pixels of which some are there. */
async function writeScan(stem: string, pixels = PIXELS): Promise<void> {
  await writeFile(`${stem}.raw`, samples.subarray(0, pixels * RECORD));
  const energy = { offset: 80, dispersion: 0.5, units: 'eV' as const };
  await writeFile(
    `${stem}.rpl`,
    formatRippleHeader({ shape: [3, 4], channels: RECORD, dtype: 'u8', energy }),
  );
}

function imageOf(rows: number, columns: number, channels = 4): DmImage {
  const sizes = [columns, rows, channels].filter((size) => size > 0);
  return {
    dimensions: sizes.map((size, index) => ({
      size,
      origin: 0,
      scale: 1,
      units: index === 2 ? 'eV' : 'nm',
    })),
    dataType: 10,
    data: new Uint8Array(2 * sizes.reduce((product, size) => product * size, 1)).fill(1),
    signal: channels > 0 ? 'EELS' : '',
  };
}

const writeImage = (path: string, rows: number, columns: number, channels?: number) =>
  writeFile(path, dmFile(4, [imageOf(rows, columns, channels)]));

const complete = (source: Watched, scans: number) =>
  source.until(() => source.scans.length === scans && source.scan.ends.length > 0);
const names = (source: Watched) => source.scans.map(({ opening }) => opening.scan.name);
const severities = (source: Watched) => [...source.alerts.values()].map(({ severity }) => severity);

describe('what is no scan and lies in a watched folder', () => {
  const socket = createServer();
  afterEach(() => new Promise<void>((resolve) => void socket.close(() => resolve())));

  it('holds nothing up, is named once and never read', async () => {
    const outside = join(top, 'outside');
    await mkdir(outside);
    await writeImage(join(outside, 'elsewhere.dm4'), 2, 2);
    await symlink(join(folder, 'itself.dm4'), join(folder, 'itself.dm4'));
    await symlink(join(folder, 'nowhere.rpl'), join(folder, 'dangling.rpl'));
    await symlink(join(outside, 'elsewhere.dm4'), join(folder, 'file-outside.dm4'));
    await symlink(outside, join(folder, 'folder-outside'));
    await mkdir(join(folder, 'folder.msa'));
    execFileSync(
      'mkfifo',
      ['pipe.dm4', 'pipe.rpl', 'scan.haadf.rpl'].map((name) => join(folder, name)),
    );
    await new Promise<void>((resolve) => socket.listen(join(folder, 'socket.msa'), resolve));
    const source = watched();
    await writeScan(join(folder, 'scan'));
    await complete(source, 1);
    const infos = () => [...source.alerts.values()].map(({ message }) => message).join();
    await source.until(() =>
      ['itself.dm4', 'folder-outside', '(and 3 more'].every((words) => infos().includes(words)),
    );
    await pause(100);
    expect(names(source)).toEqual(['scan']);
    const said = [...source.alerts.values()].map(({ severity, message }) => `${severity}: ${message}`);
    expect(
      said
        .filter((line) => line.startsWith('info: '))
        .map((line) => line.replaceAll(`${folder}/`, ''))
        .sort(),
    ).toEqual([
      'info: dangling.rpl: passed over: a link that leads nowhere (and 1 more: itself.dm4)',
      'info: file-outside.dm4: passed over: a link that leads out of the watched folder (--follow-links follows it) (and 1 more: folder-outside)',
      expect.stringMatching(
        /^info: \S+: passed over: expected a file, found a pipe, socket or device \(and 3 more: /,
      ),
    ]);
    // The companion of the scan is a pipe: the scan opens without it.
    expect(said.filter((line) => !line.startsWith('info: '))).toEqual([
      `warning: ${join(folder, 'scan.haadf.rpl')}: file: expected a file, found something else`,
    ]);
  });

  it('does not block the analysis of a folder either', async () => {
    await symlink(join(folder, 'itself.dm4'), join(folder, 'itself.dm4'));
    execFileSync('mkfifo', [join(folder, 'pipe.rpl')]);
    await writeImage(join(folder, 'survey.dm4'), 8, 8, 0);
    await mkdir(join(folder, 'below'));
    await writeImage(join(folder, 'below', 'scan.dm4'), 2, 3);
    await writeFile(join(folder, 'spectrum.msa'), '100 1\n101 2\n102 3\n');
    const source = await watched(folder, { once: true }).finished();
    expect(names(source)).toEqual(['scan']);
    expect(source.scan.ends).toEqual(['complete']);
  });

  it('is followed out of the folder where that is asked for, also where links lead in circles', async () => {
    const outside = join(top, 'outside');
    await mkdir(outside);
    await writeImage(join(outside, 'elsewhere.dm4'), 2, 2);
    await symlink(outside, join(folder, 'link'));
    await symlink(top, join(outside, 'circle'));
    await symlink(folder, join(folder, 'again'));
    const source = watched(folder, { followLinks: true });
    await complete(source, 1);
    await pause(200);
    expect(names(source)).toEqual(['elsewhere']);
    expect(source.everAlerted).toEqual([]);
  });

  it('is refused where the samples of a scan lie outside', async () => {
    await writeScan(join(top, 'secret'));
    await rename(join(top, 'secret.rpl'), join(folder, 'scan.rpl'));
    await symlink(join(top, 'secret.raw'), join(folder, 'scan.raw'));
    const source = watched();
    await source.until(() => source.alerts.has(`open:${join(folder, 'scan.rpl')}`));
    expect(source.everAlerted).toEqual([
      `${join(folder, 'scan.raw')}: file: expected to lie in the watched folder, found a link that leads out of it (--follow-links follows it)`,
    ]);
    expect(source.scans).toEqual([]);
    const following = watched(folder, { followLinks: true });
    await complete(following, 1);
  });

  it('has one quiet line for each kind, with its count, and none where nobody expects it to be opened', async () => {
    const source = watched();
    for (let index = 0; index < 25; index++) await writeImage(join(folder, `survey-${index}.dm4`), 8, 8, 0);
    for (const name of ['._scan.dm4', '.scan.rpl', '~$scan.dm4', 'notes.txt', 'scan.png'])
      await writeFile(join(folder, name), 'anything');
    for (const name of ['one.spe', 'two.spe', 'scan.emi', 'scan.hdr'])
      await writeFile(join(folder, name), 'anything');
    const shown = () => [...source.alerts.values()].map(({ message }) => message).join('\n');
    await source.until(
      () =>
        shown().includes('and 24 more') && shown().includes('.spe files') && shown().includes('(and 1 more'),
    );
    await writeScan(join(folder, 'scan'));
    await complete(source, 1);
    await pause(100);
    expect(severities(source)).toEqual(['info', 'info']);
    expect(shown()).toMatch(
      /survey-\d+\.dm4: passed over: it holds an image and no spectra \(and 24 more: survey-/,
    );
    expect(shown()).toMatch(
      /\.spe: passed over: \.spe files are not read; in its own program export it as DM4.*\(and 1 more: /,
    );
    expect(source.everAlerted.length).toBeLessThan(8);
  });

  it('that cannot be opened has one error for each cause', async () => {
    for (let index = 0; index < 40; index++)
      await writeFile(join(folder, `broken-${index}.dm4`), new Uint8Array(index + 20));
    for (let index = 0; index < 5; index++)
      await writeFile(join(folder, `words-${index}.msa`), 'four words of text');
    const source = watched();
    const shown = () => [...source.alerts.values()].map(({ message }) => message).sort();
    await source.until(() => shown().join().includes('and 39 more') && shown().join().includes('and 4 more'));
    expect(severities(source)).toEqual(['error', 'error']);
    expect(source.everAlerted.length).toBeLessThan(8);
    for (let index = 0; index < 5; index++) await rm(join(folder, `words-${index}.msa`));
    await source.until(() => source.alerts.size === 1);
  });
});

describe('files that come beside the one on show', () => {
  it('leave it there when they hold a single spectrum, or are smaller and of the same acquisition', async () => {
    await writeImage(join(folder, 'image.dm4'), 8, 8);
    const source = watched();
    await complete(source, 1);
    await writeImage(join(folder, 'detail.dm4'), 2, 8);
    await writeFile(join(folder, 'sum.msa'), '100 1\n101 2\n102 3\n');
    await source.until(() => source.alerts.size === 2);
    expect(severities(source)).toEqual(['info', 'info']);
    expect(source.everAlerted.sort()).toEqual([
      'detail.dm4 holds 2 × 8 pixels: image stays on show; "eelwatch watch" with that file shows it',
      'sum.msa holds a single spectrum: image stays on show; "eelwatch watch" with that file shows it',
    ]);
    // One that is written a minute later is another acquisition.
    const later = Date.now() / 1000 + 60;
    await writeImage(join(folder, 'next.dm4'), 2, 8);
    await utimes(join(folder, 'next.dm4'), later, later);
    await complete(source, 2);
    expect(names(source)).toEqual(['image', 'next']);
  });

  it('are there from the start: an image is opened before a newer spectrum, which is opened where it is alone', async () => {
    await writeImage(join(folder, 'image.dm4'), 8, 8);
    await utimes(join(folder, 'image.dm4'), 1e9, 1e9);
    for (const name of ['one.msa', 'two.msa']) await writeFile(join(folder, name), '100 1\n101 2\n102 3\n');
    await complete(watched(), 1);
    expect(names(running[0])).toEqual(['image']);
    await rm(join(folder, 'image.dm4'));
    const alone = watched();
    await complete(alone, 1);
    expect(names(alone)[0]).toMatch(/one|two/);
  });

  it('are very many: the newest is opened, and the others are listed with their number', async () => {
    // They come at once, each as old as it is: a folder that is moved in.
    const staging = join(top, 'staging');
    await mkdir(staging);
    for (let index = 0; index < 40; index++) {
      const path = join(staging, `scan-${index}.dm4`);
      await writeImage(path, 2, 2);
      await utimes(path, 1e9 + ((index * 7) % 40), 1e9 + ((index * 7) % 40));
    }
    const source = watched();
    await pause(100);
    await rename(staging, join(folder, 'many'));
    await source.until(() =>
      [...source.alerts.values()].some(({ message }) => message.includes('and 38 more')),
    );
    await pause(200);
    // 17 · 7 = 119 = 39 (mod 40): the newest.
    expect(names(source)).toEqual(['scan-17']);
    expect(severities(source)).toEqual(['info']);
  });
});

describe('folders below the watched one', () => {
  it('are looked into as deep as asked for, also those that come later, but for what eelwatch has written', async () => {
    await mkdir(join(folder, 'day', 'first', 'raw'), { recursive: true });
    await writeScan(join(folder, 'day', 'first', 'raw', 'too-deep'));
    await writeScan(join(folder, 'day', 'first', 'one'));
    const own = join(folder, 'results');
    await mkdir(join(own, 'Si-L'), { recursive: true });
    await writeFile(join(own, 'summary.json'), JSON.stringify({ program: 'eelwatch' }));
    await writeScan(join(own, 'Si-L', 'own'));
    await mkdir(join(folder, 'one.truth'));
    await writeFile(join(folder, 'one.truth', 'truth.json'), JSON.stringify({ program: 'eelwatch' }));
    await writeFile(join(folder, 'one.truth', 'phase.npy'), 'labels');
    const source = watched();
    await complete(source, 1);
    await mkdir(join(folder, 'day', 'second'));
    await writeScan(join(folder, 'day', 'second', 'two'), 5);
    await source.until(() => source.scans.length === 2 && source.pixels === 5);
    await appendFile(join(folder, 'day', 'second', 'two.raw'), samples.subarray(5 * RECORD));
    await complete(source, 2);
    await pause(200);
    expect(names(source)).toEqual(['one', 'two']);
    expect(source.everAlerted).toEqual([]);
    const flat = watched(folder, { depth: 0 });
    await pause(200);
    expect(flat.scans).toEqual([]);
  });

  it('are renamed at the end of the acquisition: the scan is read on under the new name', async () => {
    const source = watched();
    await mkdir(join(folder, 'running.tmp'));
    await writeScan(join(folder, 'running.tmp', 'scan'), 7);
    await source.until(() => source.scans.length === 1 && source.pixels === 7);
    await appendFile(join(folder, 'running.tmp', 'scan.raw'), samples.subarray(7 * RECORD));
    await rename(join(folder, 'running.tmp'), join(folder, 'scan-001'));
    await source.until(() => source.scan.opening.core.paths[0] === join(folder, 'scan-001', 'scan.raw'));
    await complete(source, 1);
    expect(source.scan).toMatchObject({ ends: ['complete'], measured: [new Array(PIXELS).fill(1)] });
    await source.until(() => source.alerts.size > 0);
    expect(source.everAlerted).toEqual([
      'running.tmp/scan.rpl is now called scan-001/scan.rpl: read on under that name',
    ]);
  });

  it('are away for a moment, and the scan goes on', async () => {
    const source = watched(folder, { times: { awayMs: 30_000 } });
    await mkdir(join(folder, 'run'));
    await writeScan(join(folder, 'run', 'scan'), 7);
    await source.until(() => source.pixels === 7);
    await rename(join(folder, 'run'), join(top, 'away'));
    await pause(200);
    await rename(join(top, 'away'), join(folder, 'run'));
    await appendFile(join(folder, 'run', 'scan.raw'), samples.subarray(7 * RECORD));
    await complete(source, 1);
    expect(source.scan).toMatchObject({ ends: ['complete'], measured: [new Array(PIXELS).fill(1)] });
    expect(source.everAlerted).toEqual([]);
  });

  it('are away for long, or come back under another name, and the scan goes on where it had ended', async () => {
    const source = watched(folder, { times: { awayMs: 50 } });
    await mkdir(join(folder, 'run'));
    await writeScan(join(folder, 'run', 'scan'), 3);
    await source.until(() => source.pixels === 3);
    for (const [round, name] of ['run', 'renamed'].entries()) {
      await rename(join(folder, 'run'), join(top, 'away'));
      await source.until(() => source.alerts.has(`gone:${join(folder, 'run', 'scan.rpl')}`));
      await appendFile(
        join(top, 'away', 'scan.raw'),
        samples.subarray((3 + 4 * round) * RECORD, (7 + 4 * round) * RECORD),
      );
      await rename(join(top, 'away'), join(folder, name));
      await source.until(() => source.pixels === 7 + 4 * round);
      expect(source.alerts.has(`gone:${join(folder, 'run', 'scan.rpl')}`)).toBe(false);
    }
    await appendFile(join(folder, 'renamed', 'scan.raw'), samples.subarray(11 * RECORD));
    await source.until(() => source.scan.ends.includes('complete'));
    expect(source.scans).toHaveLength(1);
    expect(source.scan.measured).toEqual([new Array(PIXELS).fill(1)]);
  });

  it('files are renamed one after the other, while the scan runs', async () => {
    const source = watched(folder, { times: { awayMs: 2000 } });
    await writeScan(join(folder, 'a'), 3);
    await source.until(() => source.pixels === 3);
    for (const [from, to, first] of [
      ['a', 'b', 'raw'],
      ['b', 'c', 'rpl'],
    ] as const) {
      const second = first === 'raw' ? 'rpl' : 'raw';
      await rename(join(folder, `${from}.${first}`), join(folder, `${to}.${first}`));
      await pause(100);
      await rename(join(folder, `${from}.${second}`), join(folder, `${to}.${second}`));
      const pixels = source.pixels;
      await appendFile(join(folder, `${to}.raw`), samples.subarray(pixels * RECORD, (pixels + 3) * RECORD));
      await source.until(() => source.pixels === pixels + 3);
    }
    await appendFile(join(folder, 'c.raw'), samples.subarray(9 * RECORD));
    await complete(source, 1);
    expect(source.scan).toMatchObject({ ends: ['complete'], measured: [new Array(PIXELS).fill(1)] });
    expect(source.scan.opening.core.paths).toEqual([join(folder, 'c.raw')]);
  });

  it('a file that is put in the place of one that was removed is another scan, whatever its number', async () => {
    const source = watched(folder, { times: { awayMs: 50 } });
    for (let round = 0; round < 3; round++) {
      await writeScan(join(folder, 'a'), 7);
      await source.until(() => source.scans.length === round + 1 && source.pixels === 7);
      for (const suffix of ['rpl', 'raw']) await rm(join(folder, `a.${suffix}`));
      await source.until(() => source.scan.ends.includes('aborted'));
    }
    expect(names(source)).toEqual(['a', 'a', 'a']);
  });

  it('are made anew under the same name', async () => {
    await mkdir(join(folder, 'run'));
    const source = watched();
    await writeScan(join(folder, 'run', 'first'));
    await complete(source, 1);
    for (let round = 0; round < 3; round++) {
      await rm(join(folder, 'run'), { recursive: true });
      await mkdir(join(folder, 'run'));
      await writeScan(join(folder, 'run', `again-${round}`));
      await complete(source, 2 + round);
    }
    expect(source.alerts.has('polling')).toBe(false);
  });
});
