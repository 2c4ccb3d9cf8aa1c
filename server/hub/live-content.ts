import { isDeepStrictEqual } from 'node:util';
import type { ClassSpectra, EdgeState } from '../../protocol/index.ts';
import type { ExportContent, ExportEdge } from '../exporting/exportable.ts';
import { passesMaps } from '../exporting/measured-passes.ts';
import type { LiveState } from '../pipeline/live-state.ts';
import { shownPhases } from '../pipeline/phases/phase-topic.ts';

/** The scan on show at this moment: its maps are copied, its spectra stay where they lie. Undefined before the first scan. */
export function liveContent(state: LiveState): ExportContent | undefined {
  const { scan: message, cubes } = state;
  if (!message) return undefined;
  const { scan, source, edges } = message;
  const passes = cubes?.passes;
  const phases = shownPhases(state)?.phases;
  return {
    ...(cubes && { cubes: { core: cubes.core, ...(cubes.lowLoss && { lowLoss: cubes.lowLoss }) } }),
    scan,
    file: scan.name,
    source,
    ...(cubes && !isDeepStrictEqual(cubes.energy, scan.energy) && { filedEnergy: cubes.energy }),
    ...(passes && { passes: passes.slice() }),
    maps: [
      ...(passes ? passesMaps(passes) : []),
      ...state.layers.map(({ layer, data }) => ({ layer, data: data.slice() })),
    ],
    edges: edges.map(({ name, onsetEv }) => ({ name, onsetEv, ...classesOf(state, name) })),
    ...(phases && { phases }),
    notes: [],
  };
}

function classesOf({ topics }: LiveState, name: string): Pick<ExportEdge, 'classes' | 'spectra'> {
  const edge = topics.get(`edge/${name}`) as EdgeState | undefined;
  const found = topics.get(`class-spectra/${name}`) as ClassSpectra | undefined;
  return {
    classes: (edge?.classes ?? []).map(({ label, name: phase }) => ({
      label,
      ...(phase !== undefined && { name: phase }),
    })),
    ...(found &&
      found.spectra.length > 0 && {
        spectra: { energy: found.energy, means: found.spectra.map(({ mean }) => Float32Array.from(mean)) },
      }),
  };
}
