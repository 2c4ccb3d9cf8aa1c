import type { EdgeState } from '../../protocol/index.ts';
import type { EdgeMaps } from './edge-protocol.ts';
import type { LiveModel } from './live-model.ts';

/** An edge in words: what is known of it under the model that is shown, if there is one yet. */
export function edgeState(
  name: string,
  model: LiveModel | undefined,
  maps: EdgeMaps,
  { events, ...now }: Pick<EdgeState, 'status' | 'present' | 'absent' | 'nextRefitAt' | 'events'>,
): Omit<EdgeState, 'epoch'> {
  const [a, b, c, d, e, f] = model?.orientation ?? [1, 0, 0, 0, 1, 0];
  const centroids = model?.centroids(maps) ?? [];
  return {
    type: 'edge',
    name,
    ...now,
    revision: model?.revision ?? 0,
    components: model?.basis?.components ?? 0,
    explained: model?.basis?.explained ?? [],
    landmarks: model?.fit.landmarks ?? 0,
    gain: model?.fit.signal.calibration.noise.gain ?? 1,
    ...(model && { flags: model.fit.signal.flagged }),
    ...(model?.fit.births && { births: model.fit.births }),
    ...(model?.fit.agreement !== undefined && { agreement: model.fit.agreement }),
    ...(events && events.length > 0 && { events }),
    orientation: [a, b, c, d, e, f],
    classes: centroids.map(([x, y], label) => ({
      label,
      colour: model?.colours[label] ?? label,
      count: model?.counts[label] ?? 0,
      centroid: [a * x + b * y + c, d * x + e * y + f],
    })),
  };
}
