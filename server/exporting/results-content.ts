import { basename } from 'node:path';
import { channelOf, type EnergyAxis, energyOf, type Scan } from '../../protocol/index.ts';
import type { EdgeResults, Results } from '../results-reader.ts';
import { SCALAR_MAPS, type ScalarMapName } from '../results-reader.ts';
import type { ExportContent, ExportEdge, ExportMap } from './exportable.ts';

/** What analyses call their maps, with units. */
const SCALARS: Record<ScalarMapName, { name: string; units: string }> = {
  intensity: { name: 'intensity', units: 'net counts' },
  snr: { name: 'signal to noise', units: 'σ' },
  uncertainty: { name: 'uncertainty', units: '1 − P(class)' },
  novelty: { name: 'novelty', units: '× limit' },
  flags: { name: 'background flags', units: 'bits' },
};

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
    notes: [],
  };
}

const FIELDS = ['beamKv', 'convergenceMrad', 'collectionMrad', 'dwellSeconds'] as const;

/** Fields that results of earlier versions do not have. */
const acquisitionOf = (scan: Record<string, unknown>): Partial<Scan> =>
  Object.fromEntries(FIELDS.filter((field) => typeof scan[field] === 'number').map((f) => [f, scan[f]]));

/** All maps of a results folder, in the order dashboards list them. */
export function mapsOf({ counts, thickness, edges, pairs }: Results): ExportMap[] {
  const scalar = { dtype: 'f32', components: 1 } as const;
  const maps: ExportMap[] = [
    { layer: { ...scalar, kind: 'counts', name: 'Total counts', units: 'counts' }, data: counts },
  ];
  if (thickness)
    maps.push({ layer: { ...scalar, kind: 'thickness', name: 'Thickness', units: 't/λ' }, data: thickness });
  for (const edge of edges) maps.push(...edgeMaps(edge));
  for (const { a, b, pointwise, local } of pairs) {
    const layer = { ...scalar, units: 'nats', pair: [a, b] as [string, string] };
    const name = `${a} × ${b}`;
    maps.push({ layer: { ...layer, kind: 'information', name: `Information ${name}` }, data: pointwise });
    const title = `Local information ${name}`;
    maps.push({ layer: { ...layer, kind: 'local-information', name: title }, data: local });
  }
  return maps;
}

function edgeMaps(edge: EdgeResults): ExportMap[] {
  const { name, labels, embedding } = edge;
  const maps: ExportMap[] = [
    {
      layer: {
        kind: 'labels',
        name: `${name} classes`,
        units: 'class',
        dtype: 'i16',
        components: 1,
        edge: name,
      },
      data: labels,
    },
    {
      layer: {
        kind: 'embedding',
        name: `${name} embedding`,
        units: '',
        dtype: 'f32',
        components: 2,
        edge: name,
      },
      data: embedding,
    },
  ];
  for (const kind of SCALAR_MAPS) {
    const words = SCALARS[kind];
    maps.push({
      layer: {
        kind,
        name: `${name} ${words.name}`,
        units: words.units,
        dtype: 'f32',
        components: 1,
        edge: name,
      },
      data: edge[kind],
    });
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
      // Final numbers are by size, and the colours that a dashboard showed are not kept: the palette in its order.
      return { label, colour: label, ...(phase !== undefined && { name: phase }) };
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
