import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { energyOption, KNOWN_EDGES } from '../../../protocol/index.ts';
import { COMMANDS } from '../../../server/command-table.ts';
import { parseCommandLine, UsageError } from '../../../server/config.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import { CliRun } from '../../support/cli.ts';
import { dmFile } from '../../support/dm-file.ts';
import { dualImages } from '../../support/dual-eels.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const cli = new CliRun(args);
  const status = await cli.ended();
  return { status, stdout: cli.stdout, stderr: cli.stderr };
}

describe('eelwatch', () => {
  it('helps, and lists every command it has', async () => {
    const { status, stdout } = await run('--help');
    expect(status).toBe(0);
    for (const command of Object.keys(COMMANDS)) expect(stdout).toContain(`  ${command}`);
    expect((await run('analyse', '--help')).stdout).toContain('--out folder');
    expect((await run('analyse', '--help')).stdout).not.toContain('--dose dose');
    for (const edge of KNOWN_EDGES) expect(stdout).toContain(edge);
  });

  it.each([
    [['dance'], 'unknown command "dance"'],
    [['watch'], 'watch: expected <file|directory>'],
    [['watch', 'a', 'b'], 'watch: unexpected "b"'],
    [['analyse', 'x.rpl'], 'analyse: expected --out <directory>'],
    [['demo', '--out', 'x'], 'demo: has no option --out'],
    [['demo', '--dwel', '1'], "Unknown option '--dwel'"],
    [['demo', '--port', 'many'], '--port: expected a whole number from 0 to 65535, found "many"'],
    [['demo', '--edges', 'Xx-K'], 'edge "Xx-K": name: not in the built-in table'],
    [
      ['demo', '--edges', 'A:100:90-80:100-120'],
      'fit window: expected from-to in eV with from < to, found "90-80"',
    ],
    [['demo', '--classes', '99'], '--classes: expected auto or a whole number from 1 to 20, found "99"'],
    [
      ['demo', '--token', `${'a'.repeat(31)} b`],
      '--token: expected 32 or more of A–Z, a–z, 0–9, - and _ that chance has chosen, found another text',
    ],
  ])('answers wrong use with one line and status 2: %j', async (args, message) => {
    const { status, stderr, stdout } = await run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
  });

  it('answers a file it cannot read with one line and status 1', async () => {
    const path = join(folder, 'broken.dm3');
    await writeFile(path, 'no spectrum image');
    const { status, stderr } = await run(
      'analyse',
      path,
      '--out',
      join(folder, 'none'),
      '--log-level',
      'silent',
    );
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(path);
    const missing = await run('analyse', join(folder, 'nothing.rpl'), '--out', join(folder, 'none'));
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('nothing.rpl');
  });

  it.each([
    [['analyse', 'a.rpl', '--out', ''], '--out: expected a folder', '""'],
    [['analyse', 'a.rpl', '--out', 'r', '--energy', '60,0'], '--energy: expected two numbers', '"60,0"'],
    [['watch', 'a.rpl', '--energy', '60,-1'], 'eV per channel (above 0)', '"60,-1"'],
    [['watch', 'a.rpl', '--energy=-60,0.0'], 'eV per channel (above 0)', '"-60,0.0"'],
    [['compare', 'a.rpl', 'b.rpl', '--energy', '60,'], 'eV per channel (above 0)', '"60,"'],
    [['replay', 'session', '--out='], '--out: expected a folder', '""'],
    [['watch', ''], 'watch: expected <file|directory>', 'watch'],
    [['compare', 'a', ''], 'compare: expected <A> <B>', 'compare'],
  ])('refuses %j, with what was expected and found', (args, expected, found) => {
    expect(() => parseCommandLine(args)).toThrow(expected);
    expect(() => parseCommandLine(args)).toThrow(found);
    expect(() => parseCommandLine(args)).toThrow(UsageError);
  });

  it('takes an axis that begins below 0 eV', () => {
    const { options } = parseCommandLine(['watch', 'a.rpl', '--energy=-60.5,0.03']) as {
      options: { energy: [number, number] };
    };
    expect(options.energy).toEqual([-60.5, 0.03]);
  });

  it('takes as many classes as published work has', () => {
    expect(parseCommandLine(['demo', '--classes', '20'])).toMatchObject({ options: { classes: 20 } });
    expect(() => parseCommandLine(['demo', '--classes', '21'])).toThrow(
      'expected auto or a whole number from 1 to 20, found "21"',
    );
  });

  it('takes the energy axis as messages give it, and what is to be done about a doubtful one', () => {
    for (const axis of [
      { offset: 448.134, dispersion: 0.3082312 },
      { offset: -39.85, dispersion: 0.03892 },
    ]) {
      const { options } = parseCommandLine(['watch', 'a.dm3', ...energyOption(axis).split(' ')]) as {
        options: { energy: [number, number]; calibrate: string };
      };
      expect(options.energy[0]).toBeCloseTo(axis.offset, 2);
      expect(options.energy[1]).toBeCloseTo(axis.dispersion, 6);
      expect(options.calibrate).toBe('propose');
    }
    expect(parseCommandLine(['demo', '--calibrate', 'off'])).toMatchObject({ options: { calibrate: 'off' } });
    expect(() => parseCommandLine(['demo', '--calibrate', 'yes'])).toThrow(
      '--calibrate: expected off, propose or auto, found "yes"',
    );
  });

  it('takes options from a config file, and the command line wins', async () => {
    const config = join(folder, 'config.json');
    await writeFile(config, JSON.stringify({ edges: 'Nope', classes: 3 }));
    expect((await run('demo', '--config', config)).stderr).toContain('edge "Nope"');
    await writeFile(config, '{');
    expect((await run('demo', '--config', config)).stderr).toContain('expected a readable JSON file');
    await writeFile(config, JSON.stringify({ colour: 'blue' }));
    expect((await run('demo', '--config', config)).status).toBe(2);
    await writeFile(config, JSON.stringify({ out: 'here' }));
    expect(() => parseCommandLine(['demo', '--config', config])).toThrow(
      `${config}: out: expected an option that demo has`,
    );
  });
});

describe('eelwatch analyse', () => {
  it('writes everything that it promises', async () => {
    const scans = join(folder, 'scan');
    await simulate(scans, { shape: [40, 44], seed: 3 });
    const out = join(folder, 'out');
    const scan = join(scans, 'simulated-anode.rpl');
    const { status, stderr } = await run(
      'analyse',
      scan,
      '--out',
      out,
      '--edges',
      'Si-L,C-K,La-M',
      '--classes',
      '3',
    );
    expect(status, stderr).toBe(0);
    const summary = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({
      program: 'eelwatch',
      status: 'complete',
      spectra: 40 * 44,
      scan: { shape: [40, 44], channels: 1024, energy: { units: 'eV' }, simulated: true },
      information: [{ a: 'Si-L', b: 'C-K' }],
    });
    expect(summary.edges['Si-L']).toMatchObject({ onset: 99, classes: 3, status: 'final' });
    // The axis ends at 674 eV: that edge is refused by name, the others go on.
    expect(summary.edges['La-M'].status).toBe('unavailable');
    expect(summary.warnings.join()).toContain('edge La-M: fit window: expected 7');
    const shapeOf = async (file: string) => [...decodeNpy(await readFile(join(out, file))).shape];
    for (const map of ['thickness', 'counts']) expect(await shapeOf(`${map}.npy`)).toEqual([40, 44]);
    for (const map of ['labels', 'intensity', 'uncertainty', 'snr'])
      expect(await shapeOf(`C-K/${map}.npy`)).toEqual([40, 44]);
    expect(await shapeOf('Si-L/embedding.npy')).toEqual([40, 44, 2]);
    expect(await shapeOf('Si-L/centroids.npy')).toEqual([3, 2]);
    const [channels] = await shapeOf('Si-L/energy.npy');
    expect(await shapeOf('Si-L/mean-spectra.npy')).toEqual([3, channels]);
    expect(await shapeOf('information/Si-L~C-K.npy')).toEqual([40, 44]);
    expect(await shapeOf('information/Si-L~C-K-local.npy')).toEqual([40, 44]);
    expect(existsSync(join(out, 'information/Si-L~C-K.json'))).toBe(true);
    const [information] = summary.information;
    for (const figure of ['mi', 'miBothPresent', 'ami', 'corrected', 'effectivePixels'])
      expect(information[figure], figure).toBeTypeOf('number');
    expect(information.corrected).toBeLessThan(information.mi);
    // A small scan of large particles: no probability where there are too few independent areas.
    if (information.effectivePixels < 50) expect(information.verdict).toBe('too few independent areas');
    else expect(information.pValue).toBeTypeOf('number');
    const labels = decodeNpy(await readFile(join(out, 'Si-L/labels.npy'))).data;
    expect(new Set(Array.from(labels as Int16Array))).toEqual(new Set([-1, 0, 1, 2]));
    // Nothing was written beside the scan.
    expect((await readdir(scans)).every((name) => name.startsWith('simulated-anode'))).toBe(true);
  });
  it('takes the low loss beside a file, and says so; by itself that has its thickness', async () => {
    const { low, core } = dualImages({ shape: [3, 4] });
    const pair = join(folder, 'pair');
    await mkdir(pair);
    await writeFile(join(pair, 'map_LL.dm4'), dmFile(4, [low]));
    await writeFile(join(pair, 'map_HL.dm4'), dmFile(4, [core]));
    for (const name of ['map_LL', 'map_HL']) {
      const out = join(folder, `out-${name}`);
      const { status, stderr } = await run(
        'analyse',
        join(pair, `${name}.dm4`),
        '--out',
        out,
        '--edges',
        'Ti-L',
      );
      expect(status, stderr).toBe(0);
      const from = name === 'map_HL' ? 'map_LL.dm4' : 'the spectra themselves';
      expect(stderr).toMatch(new RegExp(`low-loss ${from} · zero-loss peak at -?0\\.0\\d eV`));
      for (const map of ['counts', 'thickness'])
        expect([...decodeNpy(await readFile(join(out, `${map}.npy`))).shape]).toEqual([3, 4]);
    }
  });
});
