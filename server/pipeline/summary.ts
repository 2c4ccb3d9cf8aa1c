import type { Calibration, EdgeState, PairInformation, Plan } from '../../protocol/index.ts';
import { windowCautions } from '../analysis/windows/window-faults.ts';
import type { TakenRescan } from '../sources/source.ts';
import type { ClassDamage } from './edge/damage-check.ts';
import type { ScanRun } from './scan-run.ts';

/** Content of summary.json: what was analysed, how, and what came out, at this moment of the scan. */
export function summarise(run: ScanRun | undefined, version: string): Record<string, unknown> {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const base = {
    program: 'eelwatch',
    version,
    peakRssBytes: maxRSS * 1024,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  };
  if (!run) return { ...base, warnings: [] };
  const { scan, meter, reading } = run;
  const seconds = meter.elapsedSeconds;
  const topics = [...run.topics.values()];
  const sum = topics.find((topic) => topic.type === 'sum-spectrum');
  const calibration = topics.find((topic) => topic.type === 'calibration');
  return {
    ...base,
    source: run.message.source,
    status: run.status,
    scan: {
      id: scan.id,
      name: scan.name,
      shape: scan.shape,
      channels: scan.channels,
      energy: scan.energy,
      pixelSizeNm: scan.pixelSizeNm,
      dwellSeconds: scan.dwellSeconds,
      beamKv: scan.beamKv,
      convergenceMrad: scan.convergenceMrad,
      collectionMrad: scan.collectionMrad,
      simulated: scan.simulated ?? false,
    },
    /** Edges that were not requested and that stand out in the sum spectrum. */
    standing: reading.standing,
    /** Where a low loss was taken from. */
    lowLoss: scan.lowLoss && { ...scan.lowLoss, from: run.lowLossFrom },
    /** Position of the zero-loss peak; `own`: in the spectra themselves. */
    zeroLoss: sum?.zeroLoss,
    /** Quantity in thickness.npy, which needs a zero-loss peak. */
    thickness: sum?.zeroLoss && 't/λ',
    detector: sum?.faults,
    drift: sum?.drift,
    calibration: calibration && axisSummary(calibration),
    thicknessDeviation: sum?.thicknessDeviation,
    saturatedZeroLoss: sum?.saturatedZeroLoss,
    /** Rescans that were added: `shift` is where they were found to lie beyond (y, x), `applied` the whole pixels by which they were moved for it. */
    rescans: run.rescans.length > 0 ? run.rescans.map(rescanSummary) : undefined,
    /** `--umap` and `--kmeans`. */
    programs: run.programs,
    spectra: meter.spectra,
    seconds,
    spectraPerSecond: seconds > 0 ? meter.spectra / seconds : undefined,
    edges: Object.fromEntries(run.message.edges.map((edge) => [edge.name, edgeSummary(run, edge.name)])),
    information: topics.filter((topic) => topic.type === 'information').map(informationSummary),
    /** Whether a rescan is worth its dose; regions lie in plan.json. */
    plan: run.plan && planSummary(run.plan.plan),
    warnings: run.warnings,
  };
}

const damageSummary = ({ difference, channel, ...damage }: ClassDamage) => damage;

const rescanSummary = ({ name, ...rescan }: TakenRescan) => ({ file: name, ...rescan });

const planSummary = ({ verdict, words, regions, cost, gain, wrong }: Plan) => ({
  verdict,
  words,
  regions: regions.length,
  cost,
  gain,
  wrong,
});

const axisSummary = ({ verdict, proposed, evidence, gain, lead }: Calibration) => ({
  verdict,
  ...(proposed && { proposed }),
  evidence,
  gain,
  lead,
});

function edgeSummary(run: ScanRun, name: string): Record<string, unknown> {
  const edge = run.message.edges.find((candidate) => candidate.name === name);
  const state = run.topics.get(`edge/${name}`) as EdgeState | undefined;
  const analysed = run.edges.find((candidate) => candidate.edge.name === name);
  const background = analysed?.model.calibration.background;
  const isNet = background === 'none';
  return {
    onset: edge?.onsetEv,
    background,
    /** Without a background nothing is fitted. */
    fitWindow: isNet ? undefined : edge?.fitWindow,
    signalWindow: edge?.signalWindow,
    /** Normalisation of a pixel's net spectrum. */
    normalisation: analysed && (isNet ? 'net counts in the signal window' : 'counts in the fit window'),
    /** Edges in the windows that were not requested. */
    cautions: edge && windowCautions(edge, run.message.edges),
    status: state?.status ?? 'collecting',
    note: state?.note,
    present: state?.present,
    absent: state?.absent,
    gain: state?.gain,
    flags: state?.flags,
    classes: state?.classes.length,
    /** The spectra differ by more than noise, but form no separate groups. */
    graded: state && state.revision > 0 ? (state.graded ?? false) : undefined,
    agreement: state?.agreement,
    births: state?.births,
    pixelsPerClass: state?.classes.map(({ count }) => count),
    components: state?.components,
    explained: state?.explained,
    landmarks: state?.landmarks,
    revision: state?.revision,
    matches: analysed?.matches,
    /**
     * Of pixels that were exposed more than once: later against first exposures, without a common factor and a shift of
     * the axis.
     */
    damage: analysed && analysed.damage.length > 0 ? analysed.damage.map(damageSummary) : undefined,
  };
}

const informationSummary = (pair: PairInformation) => ({
  a: pair.a,
  b: pair.b,
  pixels: pair.pixels,
  mi: pair.mi,
  miBothPresent: pair.miBothPresent,
  ami: pair.ami,
  corrected: pair.corrected,
  pValue: pair.pValue,
  effectivePixels: pair.effectivePixels,
  conditional: pair.conditional,
  verdict: pair.verdict,
  strongest: pair.pairs[0],
});
