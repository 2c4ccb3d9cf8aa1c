import { PowerLawFitter } from '../../server/analysis/background/power-law.ts';
import { createRandom, type Random } from '../../server/analysis/math/random.ts';
import type { ClassSpectrum } from '../../server/analysis/references/class-window.ts';
import { type ClassMatch, matchClasses } from '../../server/analysis/references/reference-match.ts';
import { edgeWindow } from '../../server/analysis/windows/edge-window.ts';
import { builtInReferences } from '../../server/references/built-in.ts';
import { type JudgedClass, namedScan, says } from '../support/named-scan.ts';

const SEEDS = [1, 2, 3];
/** Dose, and where the classes are looked for; the tables below the first use the embedding's at the default dose. */
const RUNS = [
  ['default', 'embedding'],
  ['default', 'scores'],
  ['low', 'embedding'],
  ['high', 'embedding'],
] as const;
/** Class sums of so many pixels' counts at the default dose. */
const PIXELS = [1, 3, 10, 30, 100, 1000];
const CALIBRATION_ERRORS_EV = [0, 0.5, -0.5, 1.5, -1.5];
/** A class is of one phase when the truth says so in this share of its pixels. */
const PURE = 0.9;

/** Names of the simulated anode's classes: right, wrong and withheld, with all references and without each. */
export async function namesStudy(): Promise<void> {
  const references = builtInReferences();
  console.log('Classes of the simulated anode, 96 × 96, through the whole pipeline');
  console.log(
    'dose     classes in  seed  classes  right  half right  wrong  ambiguous  only reference  no match   lowest right r',
  );
  const scans = new Map<string, { classes: JudgedClass[]; fwhmEv: number }>();
  for (const [dose, classesIn] of RUNS)
    for (const seed of SEEDS) {
      const scan = await namedScan(seed, dose, { classesIn });
      if (classesIn === 'embedding') scans.set(`${dose} ${seed}`, scan);
      const { classes } = scan;
      const right = classes.filter(
        ({ match, phase }) => match.verdict === 'match' && match.best.phase === phase,
      );
      const half = classes.filter(({ match, phase }) => says(match, phase) && match.best.phase !== phase);
      const named = classes.filter(({ match }) => match.verdict === 'match');
      const count = (verdict: ClassMatch['verdict']) =>
        classes.filter(({ match }) => match.verdict === verdict).length;
      console.log(
        `${dose.padEnd(8)} ${classesIn.padEnd(10)}  ${seed}     ${[
          classes.length,
          right.length,
          half.length,
          named.length - right.length - half.length,
          count('ambiguous'),
          count('only reference'),
          count('no match'),
        ]
          .map((n) => String(n).padStart(6))
          .join('   ')}      ${Math.min(...right.map(({ match }) => match.best.score)).toFixed(3)}`,
      );
    }
  console.log('\nhalf right: two overlapping phases are named, the majority one among them');

  console.log('\nWithout the references of one phase: what becomes of its classes (default dose, all seeds)');
  console.log('removed   classes  no match  ambiguous  only reference  another phase   highest r of another');
  for (const removed of ['Si', 'SiO2', 'SiC', 'a-C']) {
    const tally = { classes: 0, 'no match': 0, ambiguous: 0, 'only reference': 0, match: 0, highest: -1 };
    for (const seed of SEEDS) {
      const { classes, fwhmEv } = scans.get(`default ${seed}`) as { classes: JudgedClass[]; fwhmEv: number };
      const found = matchClasses(
        classes.map(({ spectrum }) => spectrum),
        references.filter(({ phase }) => phase !== removed),
        { seed: 1, fwhmEv },
      );
      for (const match of found) {
        const truth = classes.find(
          ({ spectrum }) => spectrum.edge.name === match.edge && spectrum.label === match.label,
        );
        if (truth?.phase !== removed) continue;
        tally.classes++;
        tally[match.verdict]++;
        tally.highest = Math.max(tally.highest, match.best.score);
      }
    }
    console.log(
      `${removed.padEnd(8)} ${[
        tally.classes,
        tally['no match'],
        tally.ambiguous,
        tally['only reference'],
        tally.match,
      ]
        .map((n) => String(n).padStart(8))
        .join('  ')}              ${tally.highest.toFixed(3)}`,
    );
  }

  console.log('\nCounts and calibration: pure classes of all seeds as sums of few pixels, 10 draws each');
  console.log('right / wrong / withheld, %; columns: error of the energy axis, eV');
  console.log(`pixels    ${CALIBRATION_ERRORS_EV.map((error) => String(error).padStart(13)).join('')}`);
  for (const pixels of PIXELS) {
    const cells = CALIBRATION_ERRORS_EV.map((errorEv) => {
      const tally = { right: 0, wrong: 0, all: 0 };
      for (const seed of SEEDS) {
        const { classes, fwhmEv } = scans.get(`default ${seed}`) as {
          classes: JudgedClass[];
          fwhmEv: number;
        };
        const pure = classes.filter(({ share }) => share >= PURE);
        const random = createRandom(1000 * seed + pixels);
        for (let draw = 0; draw < 10; draw++) {
          const drawn = pure.map(({ spectrum }) => fewPixels(spectrum, pixels, errorEv, random));
          matchClasses(drawn, references, { seed: draw, fwhmEv, replicates: 100 }).forEach((match) => {
            const truth = pure.find(
              ({ spectrum }) => spectrum.edge.name === match.edge && spectrum.label === match.label,
            );
            tally.all++;
            if (match.verdict !== 'match') return;
            if (truth && says(match, truth.phase)) tally.right++;
            else tally.wrong++;
          });
        }
      }
      const share = (n: number) => ((100 * n) / tally.all).toFixed(0);
      return `${share(tally.right)}/${share(tally.wrong)}/${share(tally.all - tally.right - tally.wrong)}`.padStart(
        13,
      );
    });
    console.log(`${String(pixels).padEnd(10)}${cells.join('')}`);
  }
}

/** The sum of a class as if it had `pixels` pixels, its axis reading `errorEv` too high; background fitted anew. */
function fewPixels(spectrum: ClassSpectrum, pixels: number, errorEv: number, random: Random): ClassSpectrum {
  const share = pixels / spectrum.pixels;
  const raw = Float32Array.from(spectrum.raw, (value) => poissonLike(value * share, random));
  const offsetEv = spectrum.offsetEv + errorEv;
  const axis = { offset: offsetEv, dispersion: spectrum.dispersionEv, units: 'eV' as const };
  const window = edgeWindow(spectrum.edge, axis, raw.length);
  // The axis may put the windows on other channels: the spectrum is cut where the edge's window begins.
  const own = raw.subarray(window.firstChannel, window.endChannel);
  const fitter = new PowerLawFitter(window);
  const background = new Float64Array(own.length);
  const fit = fitter.fit(own, 0, 1);
  if (fit) fitter.evaluate(fit, background);
  const { bad: _, ...rest } = spectrum;
  return {
    ...rest,
    pixels,
    offsetEv: offsetEv + window.firstChannel * spectrum.dispersionEv,
    raw: own,
    net: Float64Array.from(own, (value, i) => value - background[i]),
  };
}

/** Poisson up to 30, a rounded normal beyond. */
function poissonLike(mean: number, random: Random): number {
  if (mean <= 0) return 0;
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}
