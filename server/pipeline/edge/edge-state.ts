import type { EdgeState } from '../../../protocol/index.ts';
import type { EdgeMaps } from './edge-protocol.ts';
import { centroids, type ModelData } from './model-data.ts';

/** State message of an edge under the model that is shown, if there is one yet. */
export function edgeState(
  name: string,
  model: ModelData | undefined,
  maps: EdgeMaps,
  {
    events,
    ...now
  }: Pick<EdgeState, 'revision' | 'status' | 'present' | 'absent' | 'nextRefitAt' | 'events'>,
): Omit<EdgeState, 'epoch'> {
  const [a, b, c, d, e, f] = model?.orientation ?? [1, 0, 0, 0, 1, 0];
  const centres = model ? centroids(model, maps) : [];
  const signal = model?.fit.signal;
  const basis = signal?.basis;
  return {
    type: 'edge',
    name,
    ...now,
    components: basis?.components ?? 0,
    explained: basis?.explained ?? [],
    landmarks: model?.fit.landmarks ?? 0,
    ...(signal?.shifted && !signal.shifted.moved && { withoutShift: true }),
    gain: model?.fit.signal.calibration.noise.gain ?? 1,
    ...(model && { flags: model.fit.signal.flagged }),
    ...(model?.fit.births && { births: model.fit.births }),
    ...(model?.fit.graded && { graded: true }),
    ...(model?.fit.agreement !== undefined && { agreement: model.fit.agreement }),
    ...(events && events.length > 0 && { events }),
    orientation: [a, b, c, d, e, f],
    classes: centres.map(([x, y], label) => ({
      label,
      colour: model?.colours[label] ?? label,
      count: model?.counts[label] ?? 0,
      centroid: [a * x + b * y + c, d * x + e * y + f],
    })),
  };
}
