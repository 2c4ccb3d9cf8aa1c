import { type EnergyAxis, parseEdges } from '../../protocol/index.ts';
import { type CommonShift, commonShift } from '../../server/analysis/alignment/common-shift.ts';
import {
  type EdgeShifts,
  fitShiftModel,
  type ShiftModel,
} from '../../server/analysis/alignment/edge-shifts.ts';
import { shiftSegments } from '../../server/analysis/alignment/shift-filter.ts';
import { segmentWidths } from '../../server/analysis/alignment/shift-mean.ts';
import { edgeWindow } from '../../server/analysis/windows/edge-window.ts';

export interface FoundShifts {
  edges: string[];
  model: ShiftModel;
  shifts: EdgeShifts;
  found: CommonShift;
}

/** Shifts of the energy axis as edges show them, of all pixels of a scan held in memory (pixels × channels). */
export function shiftsOf(
  spectra: Float32Array,
  shape: readonly [number, number],
  energy: EnergyAxis,
  edgeNames: string,
  bad: readonly number[] = [],
): FoundShifts {
  const pixels = shape[0] * shape[1];
  const channels = spectra.length / pixels;
  const edges = parseEdges(edgeNames);
  const windows = edges.map((edge) => edgeWindow(edge, energy, channels, 'none'));
  const segments = shiftSegments(
    windows,
    edges.map(({ onsetEv }) => onsetEv),
    energy,
  );
  const width = segmentWidths(segments);
  const counts = new Float32Array(pixels * width);
  const usable: number[] = [];
  for (let p = 0, at = 0; p < pixels; p++)
    for (const { first, end } of segments)
      for (let i = first; i < end; i++) {
        counts[at++] = spectra[p * channels + i];
        if (p === 0) usable.push(bad.includes(i) ? 0 : 1);
      }
  const follows = Uint8Array.from({ length: pixels }, (_, p) => (p % shape[1] > 0 ? 1 : 0));
  const fit = fitShiftModel({ segments, counts, pixels, follows }, Float64Array.from(usable));
  if (!fit) throw new Error('no counts');
  const all = Uint32Array.from({ length: pixels }, (_, p) => p);
  const found = commonShift(fit.model, fit.shifts, all, shape[1]);
  return {
    ...fit,
    found,
    edges: found.edges.map((e) => edges[segments[e].edge].name),
  };
}
