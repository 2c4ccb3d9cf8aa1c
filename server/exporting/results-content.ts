import { basename } from 'node:path';
import {
  channelOf,
  EDGE_MAPS,
  type EnergyAxis,
  energyOf,
  layerOf,
  SCAN_MAPS,
  type Scan,
} from '../../protocol/index.ts';
import type { Results } from '../results-reader.ts';
import type { ExportContent, ExportEdge, ExportMap } from './exportable.ts';

/** The maps of a results folder; spectra are not in it. */
export function resultsContent(results: Results): ExportContent {
  const { scan, source } = results.summary;
  const { offset, dispersion } = scan.energy;
  return {
    scan: {
      id: scan.id,
      name: scan.name,
      shape: scan.shape,
      channels: scan.channels,
      energy: { offset, dispersion, units: 'eV' },
      dtype: 'f32',
      ...(typeof scan.pixelSizeNm === 'number' && { pixelSizeNm: scan.pixelSizeNm }),
      ...acquisitionOf(scan),
      ...(scan.simulated && { simulated: true }),
    },
    file: basename(results.folder),
    source,
    maps: mapsOf(results),
    edges: edgesOf(results),
    ...(results.phaseTable && { phases: results.phaseTable.phases }),
    notes: [],
  };
}

const FIELDS = ['beamKv', 'convergenceMrad', 'collectionMrad', 'dwellSeconds'] as const;

/** Fields that results of earlier versions do not have. */
const acquisitionOf = (scan: Record<string, unknown>): Partial<Scan> =>
  Object.fromEntries(FIELDS.filter((field) => typeof scan[field] === 'number').map((f) => [f, scan[f]]));

/** All maps of a results folder, in the order dashboards list them. */
export function mapsOf(results: Results): ExportMap[] {
  const { edges, pairs } = results;
  const maps: ExportMap[] = SCAN_MAPS.flatMap((kind) => {
    const data = results[kind];
    return data ? [{ layer: layerOf(kind), data }] : [];
  });
  for (const edge of edges)
    for (const kind of EDGE_MAPS) maps.push({ layer: layerOf(kind, { edge: edge.name }), data: edge[kind] });
  for (const { a, b, pointwise, local } of pairs) {
    const pair: [string, string] = [a, b];
    maps.push({ layer: layerOf('information', { pair }), data: pointwise });
    maps.push({ layer: layerOf('local-information', { pair }), data: local });
  }
  return maps;
}

/** The classes of each edge, with the phases that references name. */
export function edgesOf({ edges, summary }: Results): ExportEdge[] {
  return edges.map(({ name, summary: { onset, classes = 0, matches = [] }, classes: found }) => ({
    name,
    ...(onset !== undefined && { onsetEv: onset }),
    classes: Array.from({ length: classes }, (_, label) => {
      const match = matches.find((each) => each.label === label && each.verdict === 'match');
      const phase = match?.name ?? match?.best?.phase;
      return { label, ...(phase !== undefined && { name: phase }) };
    }),
    ...(found && {
      spectra: { energy: axisFrom(summary.scan.energy, found.energy), means: found.meanSpectra },
    }),
  }));
}

/** The part of the scan's axis that begins with the first of some energies, which were rounded to 32 bits. */
function axisFrom(
  energy: Pick<EnergyAxis, 'offset' | 'dispersion'>,
  energies: ArrayLike<number>,
): EnergyAxis {
  const axis: EnergyAxis = { offset: energy.offset, dispersion: energy.dispersion, units: 'eV' };
  const first = Math.round(channelOf(axis, energies[0] ?? energy.offset));
  return { ...axis, offset: energyOf(axis, first) };
}
