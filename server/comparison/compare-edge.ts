import {
  ABSENT,
  type ClassAgreement,
  type ClassCorrespondence,
  type ComparedClass,
  type ComparedPixels,
  type EdgeComparison,
  type MapComparison,
  mapKind,
  UNMEASURED,
} from '../../protocol/index.ts';
import { adjustedRand } from '../analysis/clustering/adjusted-rand.ts';
import { classCorrespondence } from '../analysis/clustering/class-correspondence.ts';
import { countsOf } from '../analysis/clustering/labels.ts';
import { adjustedInformation } from '../analysis/information/adjusted-information.ts';
import {
  bothPresent,
  type Contingency,
  contingency,
  mutualInformation,
} from '../analysis/information/information.ts';
import { type MeanSpectrum, spectrumDifference } from '../analysis/references/spectrum-difference.ts';
import { mapDifference } from '../analysis/scan/map-difference.ts';
import type { EdgeResults } from '../results-reader.ts';
import type { NamedMaps } from './named-maps.ts';
import { edgeNotes } from './notes.ts';

/** Compares what two analyses say of one edge; maps of one shape. */
export function compareEdge(a: EdgeResults, b: EdgeResults, maps: NamedMaps): EdgeComparison {
  const table = contingency(a.labels, b.labels);
  const classes = { a: classesOf(a), b: classesOf(b) };
  const correspondence = classCorrespondence(table, [classes.a.length, classes.b.length]);
  writeChange(a.labels, b.labels, correspondence, maps.create(`${a.name}/classes`));
  const [all, present] = [agreementOf(table), agreementOf(bothPresent(table))];
  return {
    edge: a.name,
    notes: edgeNotes(a, b),
    pixels: pixelsOf(a.labels, b.labels),
    ...(all && { agreement: all }),
    ...(present && { agreementPresent: present }),
    classes,
    table: { rows: table.rows, columns: table.columns, counts: table.counts },
    correspondence,
    maps: [compareIntensity(a, b, maps), compareSnr(a, b, maps)],
    spectra: correspondence.matches.map((match) => {
      const [of, and] = [spectrumOf(a, match.a), spectrumOf(b, match.b)];
      const difference = of && and && spectrumDifference(of, and);
      return { a: match.a, b: match.b, ...(difference && { difference }) };
    }),
  };
}

function agreementOf(table: Contingency): ClassAgreement | undefined {
  if (table.pixels === 0) return undefined;
  return {
    ari: adjustedRand(table.counts),
    ami: adjustedInformation(table.counts, mutualInformation(table).mi),
    oneClass: table.rows.length === 1 && table.columns.length === 1,
  };
}

function classesOf({ labels, summary }: EdgeResults): ComparedClass[] {
  const pixels = countsOf(
    labels,
    labels.reduce((most, label) => Math.max(most, label + 1), 0),
  );
  return pixels.map((count, label) => {
    const match = summary.matches?.find((one) => one.label === label);
    const name = match?.verdict === 'match' ? match.best?.phase : undefined;
    return { label, pixels: count, ...(name !== undefined && { name }) };
  });
}

function pixelsOf(a: Int16Array, b: Int16Array): ComparedPixels {
  const pixels: ComparedPixels = {
    compared: 0,
    presentInBoth: 0,
    absentInBoth: 0,
    presentInAOnly: 0,
    presentInBOnly: 0,
    unmeasured: { a: 0, b: 0, both: 0 },
  };
  for (let i = 0; i < a.length; i++) {
    const [missingA, missingB] = [a[i] === UNMEASURED, b[i] === UNMEASURED];
    if (missingA && missingB) pixels.unmeasured.both++;
    else if (missingA) pixels.unmeasured.a++;
    else if (missingB) pixels.unmeasured.b++;
    else {
      pixels.compared++;
      if (a[i] === ABSENT) b[i] === ABSENT ? pixels.absentInBoth++ : pixels.presentInBOnly++;
      else b[i] === ABSENT ? pixels.presentInAOnly++ : pixels.presentInBoth++;
    }
  }
  return pixels;
}

/** 0 the same class or absent in both, 0.5 present in one alone, 1 another class; NaN where either has not measured. */
function writeChange(
  a: Int16Array,
  b: Int16Array,
  { matches }: ClassCorrespondence,
  out: Float32Array,
): void {
  const counterpart = new Map(matches.map((match) => [match.a, match.b]));
  counterpart.set(ABSENT, ABSENT);
  for (let i = 0; i < out.length; i++) {
    if (a[i] === UNMEASURED || b[i] === UNMEASURED) continue;
    const oneAbsent = (a[i] === ABSENT) !== (b[i] === ABSENT);
    out[i] = oneAbsent ? 0.5 : counterpart.get(a[i]) === b[i] ? 0 : 1;
  }
}

function compareIntensity(a: EdgeResults, b: EdgeResults, maps: NamedMaps): MapComparison {
  /** Standard deviation of the net counts, which the signal-to-noise ratio was made with. */
  const sigma = ({ intensity, snr }: EdgeResults, i: number) => Math.abs(intensity[i] / snr[i]);
  const deviation = (i: number) => Math.hypot(sigma(a, i), sigma(b, i));
  const out = maps.create(`${a.name}/intensity`);
  const difference = mapDifference(a.intensity, b.intensity, out, deviation);
  return { map: 'intensity', units: mapKind('intensity').units, ...(difference && { difference }) };
}

function compareSnr(a: EdgeResults, b: EdgeResults, maps: NamedMaps): MapComparison {
  const difference = mapDifference(a.snr, b.snr, maps.create(`${a.name}/snr`));
  return { map: 'snr', units: mapKind('snr').units, ...(difference && { difference }) };
}

function spectrumOf({ classes }: EdgeResults, label: number): MeanSpectrum | undefined {
  const values = classes?.meanSpectra[label];
  if (!classes || !values || values.length < 2) return undefined;
  const { energy } = classes;
  const [first, last] = [energy[0], energy[energy.length - 1]];
  return {
    startEv: first,
    stepEv: (last - first) / (energy.length - 1),
    values: Float64Array.from(values),
  };
}
