import { ANALYSIS_DEFAULTS } from '../../server/pipeline/options.ts';
import { adjustedRandIndex, mapToMajority } from '../support/agreement.ts';
import { calibration } from '../support/calibration.ts';
import { fitSimulated } from '../support/fitted-scan.ts';

const PURE = 0.85;
const DOSES = ['low', 'default', 'high'] as const;
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const three = (value: number) => value.toFixed(3).padStart(6);

/**
 * Classes in the plane and in the scores, against the phases; and whether the uncertainty of those in the scores is what
 * it says. Environment: SEEDS (4), SIDE (96).
 */
export async function classesStudy(): Promise<void> {
  const seeds = Number(process.env.SEEDS ?? 4);
  const side = Number(process.env.SIDE ?? 96);
  const rows: { edge: string; dose: string; plane: number[]; scores: number[] }[] = [];
  const judged = new Map<string, { stated: number[]; wrong: boolean[] }>();
  console.log(
    'pixels of one phase in which the edge was found; ARI, then after mapping classes to phases, (classes)',
  );
  for (let seed = 1; seed <= seeds; seed++)
    for (const dose of DOSES) {
      const options = { shape: [side, side] as [number, number], seed, dose };
      const inEmbedding = await fitSimulated(options, 'Si-L,C-K,O-K', { classesIn: 'embedding' });
      const inScores = await fitSimulated(options, 'Si-L,C-K,O-K', { classesIn: 'scores' });
      inScores.forEach((one, e) => {
        const figures = [inEmbedding[e], one].map(({ fit, truth, purity }) => {
          const pure = truth.flatMap((phase, i) =>
            purity[i] >= PURE && phase >= 0 && fit.labels[i] >= 0 ? [i] : [],
          );
          const found = pure.map((i) => fit.labels[i]);
          const phases = pure.map((i) => truth[i]);
          const k = new Set(found).size;
          const single = new Set(phases).size < 2;
          return [
            single ? Number.NaN : adjustedRandIndex(found, phases),
            single ? Number.NaN : adjustedRandIndex(mapToMajority(found, phases), phases),
            k,
          ];
        });
        const name = one.edge.name;
        rows.push({ edge: name, dose, plane: figures[0], scores: figures[1] });
        const stated: number[] = [];
        const wrong: boolean[] = [];
        one.fit.labels.forEach((label, i) => {
          if (label < 0) return;
          stated.push(one.fit.uncertainty[i]);
          wrong.push(label !== one.noiseless[i]);
        });
        const all = judged.get(dose) ?? { stated: [], wrong: [] };
        judged.set(dose, { stated: all.stated.concat(stated), wrong: all.wrong.concat(wrong) });
        const u = calibration(stated, wrong);
        const side = ([ari, mapped, k]: number[]) => `${three(ari)} ${three(mapped)} (${k})`;
        console.log(
          `${seed} ${dose.padEnd(8)} ${name.padEnd(5)} plane ${side(figures[0])}  scores ${side(figures[1])}  ` +
            `AMI ${three(one.fit.agreement ?? Number.NaN)}  calibration error ${three(u.error)} AUROC ${three(u.auroc)} ` +
            `Brier ${three(u.brier)} wrong ${three(u.wrong)} stated ${three(u.stated)}`,
        );
      });
    }
  for (const where of ['plane', 'scores'] as const) {
    const known = rows.filter((row) => !Number.isNaN(row[where][0]));
    console.log(
      `${where}: mean ARI ${three(mean(known.map((row) => row[where][0])))}, mapped ${three(mean(known.map((row) => row[where][1])))}`,
    );
  }
  const known = rows.filter((row) => !Number.isNaN(row.plane[0]));
  for (const [at, what] of ['ARI', 'mapped ARI'].entries()) {
    const differences = known.map((row) => row.scores[at] - row.plane[at]);
    const m = mean(differences);
    const error = Math.sqrt(mean(differences.map((d) => (d - m) ** 2)) / (differences.length - 1));
    console.log(
      `scores − plane, ${what}: ${three(m)} (95 % ${three(m - 1.96 * error)} … ${three(m + 1.96 * error)})`,
    );
  }
  for (const [dose, { stated, wrong }] of judged) {
    const u = calibration(stated, wrong);
    console.log(
      `uncertainty at ${dose} dose, all edges: calibration error ${three(u.error)}, AUROC ${three(u.auroc)}, Brier ${three(u.brier)}`,
    );
  }
  console.log(`default: classes in the ${ANALYSIS_DEFAULTS.classesIn}`);
}
