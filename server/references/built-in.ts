import { parseEdge } from '../../protocol/index.ts';
import { cubicSpline, type ReferenceSpectrum } from '../analysis/references/reference-shape.ts';

interface Row {
  phase: string;
  edge: string;
  origin: string;
  /** Of the instrument that measured it, eV. */
  fwhmEv?: number;
  /** [energy eV, net counts relative to the largest], the knots of a natural cubic spline. */
  knots: readonly (readonly [number, number])[];
}

const ENTRUP = 'M. Entrup, HyperSpy test data (BSD-2)';

/**
 * What the program knows without being given references. No spectrum is copied: the rows are coarse spline knots fitted
 * to measured spectra whose background was subtracted (test/oracle/reference_table.py prints them), with the credit the
 * contributors are due. Where nothing measured was at hand, `origin` says what stands in.
 */
const ROWS: readonly Row[] = [
  {
    phase: 'Si',
    edge: 'Si-L',
    origin: `crystalline silicon, ${ENTRUP}`,
    fwhmEv: 0.97,
    knots: [
      [95, 0],
      [97, 0],
      [98.5, 0],
      [99.2, 0.006],
      [99.9, 0.091],
      [100.6, 0.244],
      [101.3, 0.32],
      [102, 0.277],
      [102.7, 0.254],
      [103.4, 0.243],
      [104, 0.233],
      [105.6, 0.246],
      [107.2, 0.299],
      [108.8, 0.326],
      [110.4, 0.352],
      [112, 0.378],
      [115.6, 0.512],
      [119.2, 0.705],
      [122.8, 0.757],
      [126.4, 0.815],
      [130, 0.864],
      [133.6, 0.938],
      [137.2, 0.95],
      [140.8, 0.966],
      [144.4, 0.978],
      [148, 1],
    ],
  },
  {
    phase: 'SiO2',
    edge: 'Si-L',
    origin: 'amorphous SiO2, EELS Data Base no. 64, S. Schamm (ODbL); energies from no. 63, S. Schamm (ODbL)',
    fwhmEv: 0.99,
    knots: [
      [98, 0],
      [100, 0],
      [102, 0],
      [104, 0.02],
      [104.7, 0.095],
      [105.4, 0.372],
      [106.1, 0.49],
      [106.8, 0.576],
      [107.5, 0.838],
      [108.2, 0.973],
      [108.9, 0.853],
      [109.6, 0.614],
      [110.3, 0.501],
      [111, 0.51],
      [112.4, 0.497],
      [113.8, 0.58],
      [115.2, 0.624],
      [116.6, 0.534],
      [118, 0.462],
      [121.2, 0.453],
      [124.4, 0.696],
      [127.6, 0.905],
      [130.8, 1],
      [134, 0.971],
      [137.2, 0.907],
      [140.4, 0.833],
      [143.6, 0.779],
      [146.8, 0.752],
      [150, 0.745],
    ],
  },
  {
    phase: 'SiC',
    edge: 'Si-L',
    origin:
      'not measured: drawn by hand after published peak positions (onset near 101 eV, maxima near 104.5 and 115 eV)',
    knots: [
      [97, 0],
      [99, 0.005],
      [100, 0.03],
      [100.7, 0.12],
      [101.4, 0.32],
      [102.2, 0.5],
      [103, 0.7],
      [104, 0.9],
      [105, 0.93],
      [106, 0.85],
      [107.5, 0.78],
      [109, 0.75],
      [111, 0.78],
      [113, 0.9],
      [115, 1],
      [117, 0.99],
      [119, 0.92],
      [122, 0.84],
      [126, 0.8],
      [132, 0.78],
      [140, 0.72],
      [150, 0.64],
    ],
  },
  {
    phase: 'a-C',
    edge: 'C-K',
    origin: `amorphous carbon film, ${ENTRUP}`,
    knots: [
      [278, 0.001],
      [280, 0],
      [282, 0.014],
      [283, 0.08],
      [284, 0.319],
      [285, 0.487],
      [286, 0.461],
      [287, 0.427],
      [288, 0.426],
      [289, 0.502],
      [290, 0.663],
      [291, 0.832],
      [292, 0.926],
      [293, 0.962],
      [294, 0.98],
      [295, 0.991],
      [296, 1],
      [298.2, 0.993],
      [300.4, 0.948],
      [302.6, 0.882],
      [304.8, 0.799],
      [307, 0.695],
      [311.5, 0.538],
      [316, 0.485],
      [320.5, 0.467],
      [325, 0.458],
      [329.5, 0.44],
    ],
  },
  {
    phase: 'SiC',
    edge: 'C-K',
    origin: 'B4C stands in, EELS Data Base no. 42, O. Abidate (ODbL): carbide-like, no π* peak',
    fwhmEv: 1.1,
    knots: [
      [278, 0],
      [280, 0.012],
      [282, 0.046],
      [283, 0.109],
      [284, 0.227],
      [285, 0.344],
      [286, 0.396],
      [287, 0.493],
      [288, 0.569],
      [289, 0.663],
      [290, 0.77],
      [291, 0.865],
      [292, 0.945],
      [293, 0.988],
      [294, 0.998],
      [295, 1],
      [296, 1],
      [298.2, 0.956],
      [300.4, 0.876],
      [302.6, 0.793],
      [304.8, 0.738],
      [307, 0.704],
      [311.5, 0.714],
      [316, 0.767],
      [320.5, 0.79],
      [325, 0.754],
      [329.5, 0.714],
    ],
  },
  {
    phase: 'SiO2',
    edge: 'O-K',
    origin: 'an interface oxide stands in, EELS Data Base entry APL_article_interface_oxygen2 (ODbL)',
    knots: [
      [531, 0.008],
      [533, 0.018],
      [535, 0.073],
      [536, 0.171],
      [537, 0.364],
      [538, 0.566],
      [539, 0.757],
      [540, 0.904],
      [541, 0.992],
      [542, 1],
      [543, 0.986],
      [544, 0.868],
      [545, 0.719],
      [546, 0.672],
      [547, 0.685],
      [548, 0.697],
      [549, 0.708],
      [551.5, 0.655],
      [554, 0.619],
      [556.5, 0.624],
      [559, 0.663],
    ],
  },
];

const STEP_EV = 0.1;

/** The built-in table as spectra with equal steps. */
export function builtInReferences(): ReferenceSpectrum[] {
  return ROWS.map(({ knots, edge, ...row }) => {
    const startEv = knots[0][0];
    const spline = cubicSpline(
      knots.map(([energy]) => energy),
      knots.map(([, value]) => value),
    );
    const samples = Math.floor((knots[knots.length - 1][0] - startEv) / STEP_EV + 1e-6) + 1;
    const values = Float64Array.from({ length: samples }, (_, i) => spline(startEv + i * STEP_EV));
    return { ...row, edge, onsetEv: parseEdge(edge).onsetEv, startEv, stepEv: STEP_EV, values };
  });
}
