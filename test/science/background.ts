/**
 * Bias study of the background under an edge: pure-background spectra, the automatic windows of Si-L, C-K and O-K on an
 * axis of 0.6 eV, by dose (mean counts per channel of the fit window) and estimator. Prints the bias of the
 * extrapolated background over the signal window in per cent of its true counts (median and mean over spectra), its
 * standard deviation in units of √counts, and how often such a spectrum is taken for one with the edge.
 */
import { edgeAt } from '../../protocol/index.ts';
import { BACKGROUND_METHODS } from '../../server/analysis/windows/background-method.ts';
import { type BackgroundCase, DOSES, EDGES, shapes, studyBackground } from '../support/background-study.ts';

/** A row of the table. */
function row(edge: string, shape: string, dose: number, spectra: number, study: BackgroundCase): string {
  const cells = Object.entries(study).map(
    ([method, { median, mean, deviation, falsePresence }]) =>
      `${method} ${median.toFixed(2)} / ${mean.toFixed(2)} / ${deviation.toFixed(2)} / ${(1e3 * falsePresence).toFixed(2)}`,
  );
  return `${edge} | ${shape} | ${dose} | ${spectra} | ${cells.join(' | ')}`;
}

/** Prints the tables; about two minutes. */
export async function backgroundStudy(): Promise<void> {
  const methods = BACKGROUND_METHODS.filter((method) => method !== 'none');
  console.log(
    'Bias of the extrapolated background: median % / mean % / deviation in √counts / false presence ‰',
  );
  console.log('edge | shape | counts per channel | spectra | estimators; "single": Poisson without a prior');
  for (const name of Object.keys(EDGES))
    for (const [shape, density] of Object.entries(shapes(name)))
      for (const dose of DOSES) {
        const spectra = shape === 'power law' ? 20_000 : 10_000;
        const study = studyBackground({
          edge: edgeAt(name, EDGES[name]),
          density,
          dose,
          spectra,
          seed: 1,
          methods: ['single', ...methods],
        });
        console.log(row(name, shape, dose, spectra, study));
      }

  console.log('\nFalse presence on 2·10⁵ spectra without an edge, in units of P(z ≥ 3) = 1.35 ‰');
  console.log('edge | counts per channel | gain | correlation | ratio');
  for (const name of Object.keys(EDGES))
    for (const [dose, gain, correlation] of [
      [5, 1, 0],
      [50, 1, 0],
      [2000, 17, 0.43],
    ]) {
      const density = shapes(name)['exponents 2.7–3.3'];
      const study = { edge: edgeAt(name, EDGES[name]), density, dose, gain, correlation };
      const { poisson } = studyBackground({ ...study, spectra: 200_000, seed: 7, methods: ['poisson'] });
      console.log(
        `${name} | ${dose} | ${gain} | ${correlation} | ${(poisson.falsePresence / 1.35e-3).toFixed(2)}`,
      );
    }
}
