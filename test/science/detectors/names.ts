import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, parseEdge } from '../../../protocol/index.ts';
import { createRandom } from '../../../server/analysis/math/random.ts';
import type { ClassSpectrum } from '../../../server/analysis/references/class-window.ts';
import { matchClasses } from '../../../server/analysis/references/reference-match.ts';
import {
  ReferenceShape,
  type ReferenceSpectrum,
} from '../../../server/analysis/references/reference-shape.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { parseMsa } from '../../../server/formats/text/msa.ts';
import { builtInReferences } from '../../../server/references/built-in.ts';
import { readReferenceFolder } from '../../../server/references/folder.ts';
import { netReference } from '../../../server/references/net-reference.ts';
import { measuredData } from '../../support/measured-data.ts';
import type { DetectorRow, DetectorStudy } from '../detectors.ts';

/** Net counts of a class over its signal window, and how many draws of the noise of each spectrum. */
const COUNTS = [3e4, 3e5, 1e7];
const DRAWS = 3;
const DISPERSION_EV = 0.3;
/** The search for the axis reaches as far as it ever does, ±1 eV: that is where wrong names come easiest. */
const CALIBRATION_SIGMA_EV = 0.5;

/** A spectrum whose phase is known, as one class of a scan would show it: on a power law, with counting noise. */
function observed(shape: ReferenceSpectrum, counts: number, seed: number, shiftEv: number): ClassSpectrum {
  const own = new ReferenceShape(shape);
  const edge = parseEdge(shape.edge);
  // A spectrum that ends early is compared over what there is of it.
  edge.signalWindow[1] = Math.min(edge.signalWindow[1], own.toEv - 1);
  const offsetEv = edge.fitWindow[0];
  const channels = Math.floor((edge.signalWindow[1] - offsetEv) / DISPERSION_EV);
  const signal = Float64Array.from({ length: channels }, (_, i) =>
    own.mean(offsetEv + i * DISPERSION_EV - shiftEv, DISPERSION_EV),
  );
  const scale = counts / signal.reduce((sum, value) => sum + value, 0);
  const random = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const background = (2 * counts) / channels;
  const raw = new Float64Array(channels);
  const net = new Float64Array(channels);
  for (let i = 0; i < channels; i++) {
    const law = background * ((offsetEv + i * DISPERSION_EV) / edge.onsetEv) ** -3;
    const expected = law + Math.max(0, scale * signal[i]);
    raw[i] = expected + Math.sqrt(expected) * normal();
    net[i] = raw[i] - law;
  }
  return { edge, label: 0, pixels: 100, offsetEv, dispersionEv: DISPERSION_EV, net, raw, gain: 1 };
}

interface Tally {
  named: number;
  of: number;
  which: Set<string>;
  /** Verdicts that named nothing, and how many of each. */
  withheld: Map<string, number>;
}

/** How often a class of `shape` is named with confidence by `references`. */
function judged(
  tally: Tally,
  shape: ReferenceSpectrum,
  references: ReferenceSpectrum[],
  right?: string,
): void {
  for (const counts of COUNTS)
    for (let draw = 0; draw < DRAWS; draw++) {
      const shiftEv = 0.2 * (draw - 1);
      const [found] = matchClasses([observed(shape, counts, 100 * draw + 7, shiftEv)], references, {
        seed: draw,
        calibrationSigmaEv: CALIBRATION_SIGMA_EV,
        replicates: 60,
      });
      if (!found) continue;
      tally.of++;
      const name = found.verdict === 'match' && (right === undefined || found.best.phase === right);
      if (!name) {
        tally.withheld.set(found.verdict, (tally.withheld.get(found.verdict) ?? 0) + 1);
        continue;
      }
      tally.named++;
      tally.which.add(`${shape.phase} ${shape.edge} (${shape.origin.slice(0, 24)}) as ${found.best.phase}`);
    }
}

const tallied = (): Tally => ({ named: 0, of: 0, which: new Set(), withheld: new Map() });

/** One spectrum under two names, and one phase under two spellings, are one. */
function underOneName(one: ReferenceSpectrum): ReferenceSpectrum {
  if (one.phase === 'Al203') return { ...one, phase: 'Al2O3' };
  if (one.phase.startsWith('APL')) return { ...one, phase: 'SiO2' };
  if (one.phase === 'SiC' && one.edge === 'C-K') return { ...one, phase: 'B4C' };
  return one;
}

/** O-K and C-K of specimens that no table of phases has, measured elsewhere. */
async function outsiders(folder: string): Promise<ReferenceSpectrum[]> {
  const found: ReferenceSpectrum[] = [];
  const take = (name: string, edgeName: string, spectrum: Parameters<typeof netReference>[0]) => {
    const edge = parseEdge(edgeName);
    try {
      const net = netReference(spectrum, edge, name);
      found.push({ phase: name, edge: edgeName, onsetEv: edge.onsetEv, origin: name, ...net });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  };
  const organic = join(folder, 'organic-end-members');
  for (const file of readdirSync(organic).filter((name) => name.endsWith('.dm4'))) {
    const { scan, core } = await openScanFile(join(organic, file));
    const reader = await openCube(core);
    const values = new Float32Array(scan.channels);
    await reader.read(0, 1, 0, scan.channels, values);
    await reader.close();
    for (const edge of ['C-K', 'O-K']) take(file, edge, { energy: scan.energy, values });
  }
  const path = join(folder, 'nmc-cathode', 'oxygen_edge.msa');
  const cathode = parseMsa(readFileSync(path, 'latin1'), path);
  // As filed its axis is 11 eV off.
  const energy = { ...cathode.energy, offset: cathode.energy.offset + 11 };
  take('cathode oxide', 'O-K', { ...cathode, energy });
  return found;
}

async function* rows(): AsyncIterable<DetectorRow> {
  const folder = measuredData('.');
  const known = builtInReferences();
  if (!folder) {
    console.log('names: needs the measured spectra of the EELS Data Base');
    return;
  }
  const { references } = readReferenceFolder(join(folder, 'eelsdb'), known);
  const asFiled = [...references, ...known];
  const measured = asFiled.map(underOneName);
  const left = tallied();
  for (const shape of measured)
    judged(
      left,
      shape,
      measured.filter(({ phase }) => phase !== shape.phase),
    );
  const others = (tally: Tally) => [...tally.which].join('; ');
  yield {
    scans: `${measured.length} spectra, their phase left out of the table, 3 doses × 3 shifts`,
    counted: 'classes named with confidence as something else',
    hits: left.named,
    of: left.of,
    most: 0.05,
    note: others(left),
  };
  const strangers = await outsiders(folder);
  for (const [title, table] of [
    ['the built-in table', known],
    ['the built-in table and the measured folder, twins under two names', asFiled],
  ] as const) {
    const tally = tallied();
    for (const shape of strangers) judged(tally, shape, [...table]);
    yield {
      scans: `C-K and O-K of ${strangers.length} spectra of organic matter and a battery oxide, ${title}`,
      counted: 'classes named with confidence',
      hits: tally.named,
      of: tally.of,
      most: 0.05,
      note: others(tally),
    };
  }
  const power = tallied();
  const twice = measured.filter((one) => {
    const phases = new Set(measured.filter(({ edge }) => edge === one.edge).map(({ phase }) => phase));
    const twins = measured.filter(
      (other) => other !== one && other.edge === one.edge && other.phase === one.phase,
    );
    return twins.length > 0 && phases.size > 1;
  });
  for (const shape of twice)
    judged(
      power,
      shape,
      measured.filter((one) => one !== shape),
      shape.phase,
    );
  yield {
    scans: `${twice.length} spectra whose phase another measurement in the table has`,
    counted: 'classes named by their phase',
    hits: power.named,
    of: power.of,
    note: [...power.withheld].map(([verdict, n]) => `${verdict} ${n}`).join(', '),
  };
}

/** Names that references give, right and wrong, for spectra measured in other laboratories. */
export const namesStudy: DetectorStudy = { title: 'names', rows };
