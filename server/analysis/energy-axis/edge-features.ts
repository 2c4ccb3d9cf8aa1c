import { KNOWN_EDGES, parseEdge } from '../../../protocol/index.ts';

/** Where chemistry may put an edge, eV. */
export interface EdgeFeatures {
  name: string;
  /** As tabulated. */
  onsetEv: number;
  onset: [number, number];
  /** Maximum of a sharp first line (L3, M5, π*, pre-peak), and where it usually lies. */
  line: { range: [number, number]; usual: number };
  /** Begins sharply in any compound: L edges from K on, M edges. */
  isSharp: boolean;
}

type Ranges = Partial<Pick<EdgeFeatures, 'onset' | 'line'>>;

/** An onset moves this far with chemistry, eV, where nothing else is known. */
const USUAL_EV = 2.5;
/** And a line stands so far above it. */
const LINE_ABOVE_EV = 1.5;

/**
 * Ranges over the valences and compounds in use. Lines: L3 of oxides and metals, M5 of lanthanides (eelsdb spectra of LSMO, Fe2O3, BN,
 * B2O3, SiO2; Egerton, appendix D; Ahn & Krivanek, EELS Atlas).
 */
const RANGES: Record<string, Ranges> = {
  'Al-L': { onset: [72, 79] },
  'Si-L': { onset: [98, 108], line: { range: [99, 109], usual: 100 } },
  'P-L': { onset: [130, 138] },
  'S-L': { onset: [162, 171] },
  'B-K': { onset: [186, 192], line: { range: [190, 195], usual: 192 } },
  'C-K': { onset: [281.5, 286.5], line: { range: [284, 289], usual: 285 } },
  'K-L': { onset: [292, 297], line: { range: [295.5, 298.5], usual: 297 } },
  'Ca-L': { onset: [343.5, 348.5], line: { range: [346.5, 350], usual: 347.7 } },
  'N-K': { onset: [398, 404], line: { range: [398.5, 403.5], usual: 401 } },
  'Ti-L': { onset: [453.5, 458], line: { range: [456, 459.5], usual: 457.7 } },
  'V-L': { onset: [511, 517], line: { range: [514, 518.5], usual: 516.5 } },
  'O-K': { onset: [528, 536], line: { range: [528.5, 533], usual: 529.5 } },
  'Cr-L': { onset: [573, 578], line: { range: [575, 580], usual: 577 } },
  'Mn-L': { onset: [637.5, 642.5], line: { range: [640, 644], usual: 641.7 } },
  'F-K': { onset: [683, 690] },
  'Fe-L': { onset: [705.5, 710.5], line: { range: [707, 711.5], usual: 709 } },
  'Co-L': { onset: [776, 781], line: { range: [777.5, 782], usual: 779 } },
  'Ba-M': { onset: [778.5, 784], line: { range: [781, 787], usual: 784 } },
  'La-M': { onset: [829.5, 834.5], line: { range: [831.5, 836], usual: 833.5 } },
  'Ni-L': { onset: [850.5, 857], line: { range: [852, 857.5], usual: 853.7 } },
  'Ce-M': { onset: [879.5, 885], line: { range: [881, 886], usual: 883.5 } },
  'Cu-L': { onset: [928.5, 933], line: { range: [930.5, 936], usual: 931.7 } },
};

const SHARP = new Set('K-L,Ca-L,Ti-L,V-L,Cr-L,Mn-L,Fe-L,Co-L,Ba-M,La-M,Ni-L,Ce-M,Cu-L'.split(','));

/** Ranges of a requested edge: those of the table for the element, where the onset is the table's. */
export function edgeFeatures(name: string, onsetEv: number): EdgeFeatures {
  const known = KNOWN_EDGES.includes(name) && parseEdge(name).onsetEv === onsetEv;
  const onset: [number, number] = [onsetEv - USUAL_EV, onsetEv + USUAL_EV];
  const usual = onsetEv + LINE_ABOVE_EV;
  const line = { range: [usual - USUAL_EV, usual + USUAL_EV] as [number, number], usual };
  return { name, onsetEv, onset, line, ...(known && RANGES[name]), isSharp: SHARP.has(name) };
}

/** Features of all edges of the table. */
export const TABLE: readonly EdgeFeatures[] = KNOWN_EDGES.map((name) =>
  edgeFeatures(name, parseEdge(name).onsetEv),
);
