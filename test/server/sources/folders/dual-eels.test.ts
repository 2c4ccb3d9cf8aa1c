import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRippleWriter } from '../../../../server/formats/text/ripple-writer.ts';
import { dmFile } from '../../../support/dm-file.ts';
import { CORE_AXIS, dualImages, LOW_AXIS } from '../../../support/dual-eels.ts';
import { Watched } from '../../../support/watched.ts';

const { low, core } = dualImages({ shape: [2, 3] });
const LOW = dmFile(4, [low]);
const CORE = dmFile(4, [core]);

let folder: string;
let source: Watched;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(async () => {
  await source.stop();
  await rm(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);
const write = (name: string, bytes: Uint8Array) => writeFile(at(name), bytes);
const names = () => source.scans.map(({ opening }) => opening.scan.name);
const lowLossOf = (index: number) => source.scans[index]?.opening.lowLoss?.paths;
const ended = (count: number) => () =>
  source.scans.length === count && source.scan.ends.at(-1) === 'complete';
const info = (name: string) => ({
  severity: 'info',
  message: `map (high-loss): its low loss is ${name}`,
});

describe('files of a DualEELS acquisition in a watched folder', () => {
  it('are one scan when the core loss comes seconds after the low loss', async () => {
    source = new Watched(folder);
    await sleep(100);
    await write('map (low-loss).dm4', LOW);
    await sleep(2500);
    expect(source.scans).toEqual([]);
    await write('map (high-loss).dm4', CORE);
    await source.until(ended(1));
    await sleep(300);
    expect(names()).toEqual(['map (high-loss)']);
    expect(lowLossOf(0)).toEqual([at('map (low-loss).dm4')]);
    expect([...source.alerts.values()]).toMatchObject([info('map (low-loss).dm4')]);
  });

  it('are begun anew with the low loss when it comes seconds later', async () => {
    source = new Watched(folder);
    await sleep(100);
    await write('map (high-loss).dm4', CORE);
    await source.until(ended(1));
    expect(lowLossOf(0)).toBeUndefined();
    await sleep(2500);
    await write('map (low-loss).dm4', LOW);
    await source.until(ended(2));
    await sleep(300);
    expect(names()).toEqual(['map (high-loss)', 'map (high-loss)']);
    expect(source.scans.map(({ opening }) => opening.scan.id)).toEqual([
      'map (high-loss)',
      'map (high-loss)#2',
    ]);
    expect(lowLossOf(1)).toEqual([at('map (low-loss).dm4')]);
    expect(source.scan.measured).toEqual([[1, 1, 1, 1, 1, 1]]);
  });

  it('are one scan when they come together, or are there from the start', async () => {
    await write('old LL.dm4', LOW);
    await write('old HL.dm4', CORE);
    const before = new Date(Date.now() - 60_000);
    for (const name of ['old LL.dm4', 'old HL.dm4']) await utimes(at(name), before, before);
    source = new Watched(folder);
    await source.until(ended(1));
    await write('new HL.dm4', CORE);
    await write('new LL.dm4', LOW);
    await source.until(ended(2));
    await sleep(300);
    expect(names()).toEqual(['old HL', 'new HL']);
    expect([lowLossOf(0), lowLossOf(1)]).toEqual([[at('old LL.dm4')], [at('new LL.dm4')]]);
  });

  it('a low loss whose core loss does not come is a scan of its own, until that comes after all', async () => {
    source = new Watched(folder, { times: { partnerMs: 400 } });
    await sleep(100);
    const since = performance.now();
    await write('map_LL.dm4', LOW);
    await source.until(ended(1));
    expect(performance.now() - since).toBeGreaterThan(390);
    expect(names()).toEqual(['map_LL']);
    await write('map_HL.dm4', CORE);
    await source.until(ended(2));
    expect(names()).toEqual(['map_LL', 'map_HL']);
    expect(lowLossOf(1)).toEqual([at('map_LL.dm4')]);
  });

  it('a low loss of another shape is left out, said so, and taken once it fits', async () => {
    await write('map (high-loss).dm4', CORE);
    source = new Watched(folder);
    await source.until(ended(1));
    await write('map (low-loss).dm4', dmFile(4, [dualImages({ shape: [3, 2] }).low]));
    await source.until(() => source.alerts.size > 0);
    expect([...source.alerts.values()]).toMatchObject([
      {
        severity: 'warning',
        message: `${at('map (low-loss).dm4')}: low loss: expected 2 × 3 pixels as the core loss has them, found 3 × 2 pixels`,
      },
    ]);
    await sleep(300);
    // What is shown goes on being shown, and the low loss is not shown in its place.
    expect(source.scans).toHaveLength(1);
    await write('map (low-loss).dm4', LOW);
    await source.until(ended(2));
    expect(lowLossOf(1)).toEqual([at('map (low-loss).dm4')]);
    expect([...source.alerts.values()]).toMatchObject([info('map (low-loss).dm4')]);
  });

  it('the low loss of an earlier scan does not bring that back', async () => {
    await write('a HL.dm4', CORE);
    source = new Watched(folder);
    await source.until(ended(1));
    await write('b.dm4', CORE);
    await source.until(ended(2));
    await write('a LL.dm4', LOW);
    await sleep(600);
    expect(names()).toEqual(['a HL', 'b']);
  });

  it('a file that is watched alone takes the low loss that comes beside it', async () => {
    await write('map HL.dm4', CORE);
    source = new Watched(at('map HL.dm4'));
    await source.until(ended(1));
    await write('away', LOW);
    await rename(at('away'), at('map LL.dm4'));
    await source.until(ended(2));
    expect(lowLossOf(1)).toEqual([at('map LL.dm4')]);
  });

  it('a low loss that is watched alone is shown at once, beside its core loss too', async () => {
    await write('map HL.dm4', CORE);
    await write('map LL.dm4', LOW);
    source = new Watched(at('map LL.dm4'), { times: { partnerMs: 60_000 } });
    await source.until(ended(1));
    expect(names()).toEqual(['map LL']);
    expect(lowLossOf(0)).toBeUndefined();
  });

  it('grow together in Ripple, whichever began first', async () => {
    const header = {
      shape: [2, 3] as [number, number],
      channels: 4,
      energy: CORE_AXIS,
      dtype: 'u16' as const,
    };
    const records = (count: number) => new Uint8Array(count * 8).map((_, i) => i + 1);
    source = new Watched(folder);
    const writer = await createRippleWriter(at('map core-loss'), header);
    await writer.append(records(2));
    await source.until(() => source.pixels === 2);
    const partner = await createRippleWriter(at('map low-loss'), { ...header, energy: LOW_AXIS });
    await partner.append(records(1));
    await source.until(() => source.scans.length === 2 && source.pixels === 1);
    await writer.append(records(4));
    await partner.append(records(5));
    await source.until(ended(2));
    expect(lowLossOf(1)).toEqual([at('map low-loss.raw')]);
    expect(source.scan.measured).toEqual([[1, 1, 1, 1, 1, 1]]);
    for (const one of [writer, partner]) await one.close();
  });
});

it('of a folder that is read once, the core loss is taken with its low loss', async () => {
  await write('map_HL.dm4', CORE);
  await write('map_LL.dm4', LOW);
  source = new Watched(folder, { once: true });
  await source.finished();
  expect(names()).toEqual(['map_HL']);
  expect(lowLossOf(0)).toEqual([at('map_LL.dm4')]);
});
