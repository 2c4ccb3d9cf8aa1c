import { type SpatialFigures, spatialStudy } from '../support/spatial-study.ts';

const PAIRS = 1000;
const POWER_PAIRS = 200;
const LENGTHS = [0, 1, 2, 4, 8];

/** Mean information that is left of unrelated maps, nats, and the longest correlation it is asked of. */
const LEFT = { most: 0.002, upTo: 4 };
const LEAST_POWER = 0.9;

/**
 * False alarms and power of the spatial test: pairs of smooth maps of four classes, 64 × 64 pixels, at 0.05; whole
 * scans and ones of which 40 % of the rows are there. Standard error of a share of 0.05 is 0.007 for 1000 pairs.
 */
export async function spatialNullStudy(): Promise<void> {
  console.log(
    'σ/px  shared  scanned  pairs | called related  of testable  testable  without the limit  G test | mean I  corrected  independent areas',
  );
  const verdicts: string[] = [];
  for (const scanned of [1, 0.4])
    for (const length of LENGTHS) {
      const { corrected, related } = print({ length, rho: 0, scanned, pairs: PAIRS });
      const asked = length <= LEFT.upTo && scanned === 1;
      verdicts.push(
        `mean corrected information at ${length} px, ${100 * scanned} % scanned: ${corrected.toFixed(5)} nats` +
          `${asked ? ` (at most ${LEFT.most}: ${Math.abs(corrected) <= LEFT.most ? 'held' : 'MISSED'})` : ''}; ` +
          `called related: ${related.toFixed(3)} (at most 0.08: ${related <= 0.08 ? 'held' : 'MISSED'})`,
      );
    }
  for (const [length, rho] of [
    [2, 0.3],
    [4, 0.3],
    [4, 0.5],
    [4, 0.7],
  ]) {
    const { related } = print({ length, rho, scanned: 1, pairs: POWER_PAIRS });
    const asked = rho !== 0.3 || length === 2;
    verdicts.push(
      `power at ${length} px, ${rho} shared: ${related.toFixed(3)}` +
        `${asked ? ` (at least ${LEAST_POWER}: ${related >= LEAST_POWER ? 'held' : 'MISSED'})` : ''}`,
    );
  }
  console.log(`\n${verdicts.join('\n')}`);
}

function print(of: Parameters<typeof spatialStudy>[0]): SpatialFigures {
  const figures = spatialStudy(of, 1000 * of.length + Math.round(100 * of.rho + 10 * of.scanned));
  const cells = [
    figures.related,
    figures.relatedOfTestable,
    figures.testable,
    figures.relatedUnguarded,
    figures.naive,
  ];
  console.log(
    `${of.length}     ${of.rho}     ${of.scanned}   ${of.pairs} | ${cells.map((share) => share.toFixed(3)).join('  ')} | ${figures.mi.toFixed(4)}  ${figures.corrected.toFixed(4)}  ${figures.effectivePixels.toFixed(0)}`,
  );
  return figures;
}
