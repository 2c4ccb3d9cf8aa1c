import { PHASES } from '../../server/microscope/cross-sections.ts';
import { becomes, phaseScan, scorePhases } from '../support/phase-scan.ts';

const SEEDS = [1, 2, 3, 4, 5];
const SIDE = 128;
const LEAST_ARI = 0.95;
const MOST_POINTS = 2;
const of = (met: boolean) => (met ? 'met' : 'NOT met');

/** The phase map of the simulated anode against its truth, with all references and without those of each phase. Environment: SEEDS (5). */
export async function phasesStudy(): Promise<void> {
  const seeds = SEEDS.slice(0, Number(process.env['SEEDS'] ?? SEEDS.length));
  console.log(
    `Phase map of the simulated anode, ${SIDE} × ${SIDE}, default dose; pixels of 85 % and more of one phase`,
  );
  console.log(`seed     ARI   share of each phase, %: truth / found, and over all pixels`);
  const aris: number[] = [];
  let [judgedMost, allMost] = [0, 0];
  const lost: { removed: string; seed: number; unnamed: number; own: number; another: number }[] = [];
  for (const seed of seeds) {
    const { found, truth, without } = await phaseScan(seed, SIDE);
    const { ari, judged, all } = scorePhases(found, truth);
    aris.push(ari);
    const cells = PHASES.map((name) => {
      const points = ([is, was]: [number, number]) => Math.abs(is - was);
      judgedMost = Math.max(judgedMost, points(judged[name]));
      allMost = Math.max(allMost, points(all[name]));
      return `${name} ${pair(judged[name])} (${pair(all[name])})`;
    });
    console.log(`${String(seed).padEnd(6)} ${ari.toFixed(4)}   ${cells.join('   ')}`);
    for (const {
      name,
      edges,
      fraction,
      fractionSigma,
      thickness,
      regions,
      medianSizeNm,
      confirmed,
      undecided,
    } of found.table.phases)
      console.log(
        `         ${name.padEnd(13)} ${(100 * fraction).toFixed(1)} ± ${(100 * fractionSigma).toFixed(2)} %, t/λ ${thickness?.toFixed(3) ?? '–'}, ${regions} regions of ${medianSizeNm?.toFixed(1) ?? '–'} nm, ${edges.join(', ') || 'no edge'}: ${(100 * confirmed).toFixed(0)} % confirmed, ${(100 * undecided).toFixed(0)} % undecided`,
      );
    for (const removed of PHASES) lost.push({ removed, seed, ...becomes(without(removed), truth, removed) });
  }
  const least = Math.min(...aris);
  console.log(`least ARI ${least.toFixed(4)} (${LEAST_ARI}: ${of(least >= LEAST_ARI)})`);
  console.log(
    `fractions within ${judgedMost.toFixed(2)} points (${MOST_POINTS}: ${of(judgedMost <= MOST_POINTS)}), over all pixels ${allMost.toFixed(2)}`,
  );
  console.log('\nWithout the references of one phase: what its pixels become, % over the seeds');
  console.log('removed   unnamed   own name in a mixture   another phase (most of a seed)');
  for (const removed of PHASES) {
    const own = lost.filter((one) => one.removed === removed);
    const mean = (value: (one: (typeof own)[number]) => number) =>
      (100 * own.reduce((sum, one) => sum + value(one), 0)) / own.length;
    const most = 100 * Math.max(...own.map(({ another }) => another));
    console.log(
      `${removed.padEnd(8)} ${mean((one) => one.unnamed)
        .toFixed(1)
        .padStart(8)}   ${mean((one) => one.own)
        .toFixed(1)
        .padStart(8)}   ${mean((one) => one.another)
        .toFixed(1)
        .padStart(20)} (${most.toFixed(1)})`,
    );
  }
}

const pair = ([truth, found]: [number, number]): string => `${truth.toFixed(1)} / ${found.toFixed(1)}`;
