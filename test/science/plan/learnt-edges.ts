import { parseEdges } from '../../../protocol/index.ts';
import { edgeWindow } from '../../../server/analysis/windows/edge-window.ts';
import { evenExposure } from '../../../server/formats/reading/exposure.ts';
import { findClasses } from '../../../server/pipeline/fit/edge-classes.ts';
import { type EdgeFit, fitEdge } from '../../../server/pipeline/fit/edge-fit.ts';
import { ANALYSIS_DEFAULTS } from '../../../server/pipeline/options.ts';
import { adjustedRandIndex } from '../../support/agreement.ts';
import { memoryCube } from '../../support/memory-cube.ts';
import { DISPERSION, exposed, PHANTOM_EDGES, rescanPhantom } from '../../support/rescan-phantom.ts';
import { type Spending, spendings, type Weighing, weighed } from './learn-again.ts';
import { planEdge } from './no-rescan.ts';

/** Windows as the axes of the phantom have room for them. */
const EDGES = parseEdges('Si-L,C-K,O-K:532:502-528:530-568');
/** Classes that the phases make in each edge, beside those without it. */
const CLASSES = [3, 3, 2];

/**
 * The same as `learntCase`, but by the product from the counts on: each edge is fitted as at the end of a scan, with classes in
 * the scores; plans are made of these fits. ARI of what the labels of all edges say together.
 */
export async function learntEdges(seed: number, dose: number, extra = 0.25): Promise<Record<string, number>> {
  const phantom = rescanPhantom({ seed, dose });
  const { shape } = phantom;
  const truth = Array.from(phantom.truth);
  const first = exposed(phantom, () => 1, seed + 100);
  const ones = new Float32Array(truth.length).fill(1);
  const fitted = async (counts: Float64Array[], exposure: Float32Array) => {
    const fits: EdgeFit[] = [];
    for (const [e, edge] of EDGES.entries()) {
      const { channels, offset } = PHANTOM_EDGES[e];
      const input = {
        reader: memoryCube(Float32Array.from(counts[e]), shape, channels),
        window: edgeWindow(edge, { offset, dispersion: DISPERSION, units: 'eV' }, channels),
        shape,
        measured: new Uint8Array(truth.length).fill(1),
        ...(evenExposure(exposure) === undefined && { exposure }),
        seed: 1,
      };
      const options = { ...ANALYSIS_DEFAULTS, ...classesOf(e), decides: true };
      // Classes in the scores need no plane: where it would start is enough.
      fits.push(await fitEdge(input, options, { fitEmbedding: (_, __, start) => start }));
    }
    return fits;
  };
  const ari = (fits: EdgeFit[], weighing: Weighing) => {
    const labels = fits.map((fit, e) => labelsOf(fit, e, weighing));
    const together = truth.map((_, pixel) => labels.map((of) => of[pixel]).join());
    const names = [...new Set(together)];
    const numbers = new Map(names.map((name, i) => [name, i]));
    return adjustedRandIndex(
      together.map((name) => numbers.get(name) ?? -1),
      truth,
    );
  };
  const start = await fitted(first, ones);
  const edges = start.map((fit, e) => planEdge({ edge: EDGES[e], fit }));
  const input = { shape, exposure: ones, missing: new Uint8Array(truth.length), edges };
  const { uniform, random, plan } = spendings(input, extra, seed);
  const after = (dwells: Spending) => {
    const exposure = ones.map((value, pixel) => value + dwells(pixel));
    return fitted(exposed(phantom, dwells, 5, first), exposure);
  };
  const planned = await after(plan);
  return {
    start: ari(start, 'product'),
    uniform: ari(await after(uniform), 'product'),
    random: ari(await after(random), 'product'),
    plan: ari(planned, 'product'),
    'plan, weighed by dwells': ari(planned, 'by dwells'),
    'plan, weighed alike': ari(planned, 'alike'),
  };
}

const classesOf = (e: number) => ({ classes: CLASSES[e], classesIn: 'scores' as const, seed: 1 });

/** Labels of a fit, or as they would be were its pixels weighed otherwise. */
function labelsOf({ labels, pixels }: EdgeFit, e: number, weighing: Weighing): Int16Array {
  if (weighing === 'product' || !pixels?.exposures) return labels;
  const found = findClasses(weighed(pixels, weighing), { ...classesOf(e), alike: false }).labels;
  let next = 0;
  return labels.map((label) => (label < 0 ? label : found[next++]));
}
