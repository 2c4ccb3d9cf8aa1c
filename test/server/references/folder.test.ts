import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError, parseEdge } from '../../../protocol/index.ts';
import type { ClassSpectrum } from '../../../server/analysis/references/class-window.ts';
import { matchClasses } from '../../../server/analysis/references/reference-match.ts';
import { parseMsa } from '../../../server/formats/text/msa.ts';
import { builtInReferences } from '../../../server/references/built-in.ts';
import { readReferenceFolder } from '../../../server/references/folder.ts';
import { readTitle } from '../../../server/references/title.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';

describe('titles', () => {
  it.each([
    ['a_SiO2_Si_L3_S_Schamm_63', 'SiO2', 'Si-L'],
    ['Al2O3_(alpha)_Al_K_Stefan_Nufer_53', 'Al2O3', 'Al-K'],
    ['Al2O3_(alpha)_Al_L1_Stefan_Nufer_54', 'Al2O3', 'Al-L1'],
    ['B_B_K_Odile_Stephan,_Raul_Arenal_de_la_Concha_191', 'B', 'B-K'],
    ['(La0_7,Sr0_3)MnO3_La_M_imhoff_230', '(La0.7,Sr0.3)MnO3', 'La-M'],
    ['my own glass', 'my own glass', undefined],
  ])('reads %s', (title, phase, edge) => {
    expect(readTitle(title)).toEqual({ phase, lowLoss: false, ...(edge && { edge }) });
  });

  it('tells a low loss', () => {
    expect(readTitle('a_SiO2_LowLoss_S_Schamm_60').lowLoss).toBe(true);
    expect(readTitle('BN_EELS-Low-Loss_Stephan_Odile_224').lowLoss).toBe(true);
  });
});

describe('a folder of references', () => {
  let folder: string;
  const spectrum = (title: string, offset: number, signal: (energy: number) => number) =>
    [
      `#TITLE : ${title}`,
      '#XUNITS : eV',
      '#DATATYPE : Y',
      '#XPERCHAN : 0.5',
      `#OFFSET : ${offset}`,
      '#SIGNALTYPE : ELS',
      '#SPECTRUM :',
      ...Array.from({ length: 200 }, (_, i) => String(signal(offset + 0.5 * i))),
      '#ENDOFDATA :',
    ].join('\n');
  const power = (energy: number) => 1e9 * energy ** -3;
  const edgeAt = (onset: number) => (energy: number) =>
    power(energy) + (energy > onset ? 300 * Math.exp(-(((energy - onset - 6) / 5) ** 2)) : 0);
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
    write('one.msa', spectrum('Si3N4_Si_L3_somebody', 70, edgeAt(103)));
    write('two.msa', spectrum('glass', 240, edgeAt(284)));
    write('broken.msa', '#TITLE : x\n#XUNITS : eV\nfour words of text');
    write(
      'lost.msa',
      spectrum('Si3N5_Si_L3_nobody', 0, () => 5),
    );
    write('elsewhere.msa', spectrum('Si_Si_L3_nobody', 200, power));
    write('notes.txt', 'no spectrum');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('takes background away, finds edges by title or by energies, and says what cannot serve', () => {
    const { references, unusable } = readReferenceFolder(folder);
    expect(references.map(({ phase, edge }) => [phase, edge])).toEqual([
      ['Si3N4', 'Si-L'],
      ['glass', 'C-K'],
      ['glass', 'K-L'],
    ]);
    const [{ values, startEv, stepEv }] = references;
    expect(values[Math.round((109 - startEv) / stepEv)]).toBeCloseTo(300, -1);
    expect(values[Math.round((140 - startEv) / stepEv)]).toBeCloseTo(0, 0);
    expect(unusable.map(({ file }) => file).sort()).toEqual(['broken.msa', 'elsewhere.msa', 'lost.msa']);
    expect(unusable.find(({ file }) => file === 'lost.msa')?.reason).toMatch(/OFFSET.*no other reference/);
    expect(unusable.find(({ file }) => file === 'elsewhere.msa')?.reason).toMatch(/expected Si-L/);
  });

  it('serves though a folder, a pipe, a link to nowhere and hidden files are called references', () => {
    const odd = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
    mkdirSync(join(odd, 'folder.msa'));
    execFileSync('mkfifo', [join(odd, 'pipe.msa')]);
    symlinkSync(join(odd, 'itself.msa'), join(odd, 'itself.msa'));
    for (const name of ['._glass.msa', '~$glass.msa']) writeFileSync(join(odd, name), 'no spectrum');
    writeFileSync(join(odd, 'glass.msa'), spectrum('glass', 240, edgeAt(284)));
    const { references, unusable } = readReferenceFolder(odd);
    rmSync(odd, { recursive: true });
    expect(references.map(({ phase, edge }) => [phase, edge])).toEqual([
      ['glass', 'C-K'],
      ['glass', 'K-L'],
    ]);
    expect(unusable).toEqual([
      { file: 'folder.msa', reason: 'file: expected a file, found something else' },
      { file: 'itself.msa', reason: 'file: expected to be readable (ELOOP)' },
      { file: 'pipe.msa', reason: 'file: expected a file, found something else' },
    ]);
  });

  it('refuses a folder that is none, or holds none', () => {
    expect(() => readReferenceFolder(join(folder, 'nowhere'))).toThrow(InputError);
    const empty = mkdtempSync(join(folder, 'empty-'));
    expect(() => readReferenceFolder(empty)).toThrow(/references: expected files/);
  });
});

const SCHAMM = [
  'eelsdb/a_SiO2_Si_L3_S_Schamm_63__Dspec.56658.1.msa',
  'eelsdb/a_SiO2_Si_L3_S_Schamm_64__Dspec.56469.1.msa',
];

describeMeasured('the EELS Data Base as it is', SCHAMM, () => {
  const folder = () => readReferenceFolder(dirname(measuredData(SCHAMM[0]) as string), builtInReferences());

  it('serves: every core loss whose edge it covers, and one lost axis is found', () => {
    const { references, unusable, notes } = folder();
    expect(references.length).toBeGreaterThanOrEqual(30);
    // No. 5 begins 27 eV before its edge, where the fit window ends.
    const others = unusable.filter(
      ({ file, reason }) => !/low loss|Al-L1/.test(reason) && !/Serin_5/.test(file),
    );
    expect(others).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/Schamm_64.* moved by 8[12]\.\d+ eV .*Schamm_63/)]);
  });

  it.each([
    [0, 1],
    [1, 0],
  ])('spectrum %i of amorphous SiO2 is named by the other one, not by Si or SiC', (unknown, known) => {
    const path = measuredData(SCHAMM[unknown]) as string;
    const { values, energy } = parseMsa(readFileSync(path, 'latin1'), path);
    // Without its header's axis no. 64 is placed as the data's own notes say: about 82 eV on, its onset at 104.6 eV.
    const offset = energy.offset === 0 ? 81.2 : energy.offset;
    const edge = { ...parseEdge('Si-L'), fitWindow: [90.5, 98] as [number, number] };
    const first = Math.ceil((edge.fitWindow[0] - offset) / energy.dispersion);
    // No. 63 is scaled to about 1; as counts it would be all noise.
    const scale = Math.max(...values) < 10 ? 1e6 : 1;
    const length = Math.floor(32 / energy.dispersion);
    const raw = Float64Array.from(values.subarray(first, first + length), (value) => value * scale);
    const spectrum: ClassSpectrum = {
      edge,
      label: 0,
      pixels: 1,
      offsetEv: offset + first * energy.dispersion,
      dispersionEv: energy.dispersion,
      raw,
      net: netOf(raw, offset + first * energy.dispersion, energy.dispersion),
      gain: 1,
    };
    const other = SCHAMM[known].split('/')[1];
    const references = [
      ...builtInReferences().filter(({ phase }) => phase !== 'SiO2'),
      ...folder().references.filter(({ origin }) => origin === other),
    ];
    const [found] = matchClasses([spectrum], references, { seed: 1, calibrationSigmaEv: 0.5 });
    console.log(
      `${SCHAMM[unknown].slice(7, 32)}: ${found.verdict} ${found.best.phase}, r ${found.best.score.toFixed(3)}`,
    );
    expect(found).toMatchObject({ verdict: 'match', best: { phase: 'SiO2' } });
    expect(found.best.score).toBeGreaterThan(0.95);
  });

  /** Net counts by a straight line in logarithms over the first 7.5 eV; a spectrum that begins near 0 is net already. */
  function netOf(raw: Float64Array, offsetEv: number, dispersionEv: number): Float64Array {
    const before = Math.floor(7.5 / dispersionEv);
    if (raw.subarray(0, before).some((value) => value <= 0)) return raw;
    const points = Array.from(raw.subarray(0, before), (value, i) => [
      Math.log(offsetEv + i * dispersionEv),
      Math.log(value),
    ]);
    const mean = (k: number) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
    const slope =
      points.reduce((sum, [x, y]) => sum + (x - mean(0)) * (y - mean(1)), 0) /
      points.reduce((sum, [x]) => sum + (x - mean(0)) ** 2, 0);
    return raw.map(
      (value, i) => value - Math.exp(mean(1) + slope * (Math.log(offsetEv + i * dispersionEv) - mean(0))),
    );
  }
});
