import { channelOf, type Edge, type EnergyAxis, FULL_SCALE } from '../../../protocol/index.ts';
import { type CubeLayout, type PixelRun, passOf } from '../cube.ts';
import { openCube } from './cube-reader.ts';
import { BY_RESCANS_ALONE, overlap } from './patched-reader.ts';
import { runsOf, runsWithin } from './pixel-runs.ts';

/** One sample at the end of the scale is an x-ray; as many as these are a detector that could take no more. */
export const SATURATED_SAMPLES = 3;
/** Samples read at once. */
const READ_SAMPLES = 2 ** 18;

/** Channels [first, end) that edges are looked at in; all without edges. */
export function edgeChannels(
  edges: readonly Edge[],
  energy: EnergyAxis,
  channels: number,
): [first: number, end: number] {
  const at = (energyEv: number) => Math.min(Math.max(channelOf(energy, energyEv), 0), channels);
  if (edges.length === 0) return [0, channels];
  return [
    Math.floor(Math.min(...edges.map(({ fitWindow }) => at(fitWindow[0])))),
    Math.ceil(Math.max(...edges.map(({ signalWindow }) => at(signalWindow[1])))),
  ];
}

/** The least value at which samples of a scan or one of its rescans are cut off; undefined where nothing tells that. */
export function smallestScale({ dtype, patches = [] }: CubeLayout): number | undefined {
  const scales = [dtype, ...patches.map(({ cube }) => cube.dtype)].flatMap((type) => FULL_SCALE[type] ?? []);
  return scales.length > 0 ? Math.min(...scales) : undefined;
}

/** Whether samples [first, end) of a spectrum are cut off at `limit`. */
export function isCutOff(spectrum: ArrayLike<number>, first: number, end: number, limit: number): boolean {
  let cut = 0;
  for (let i = first; i < end; i++) if (spectrum[i] >= limit) cut++;
  return cut >= SATURATED_SAMPLES;
}

/**
 * Pixels whose counts hold samples that are cut off. Each pass and rescan is read by itself, since sums hide it; what was
 * replaced or left out does not count.
 * @param wanted row-major over the scan, 1 where a pixel is of interest
 * @param channels [first, end) that are looked at
 * @param measured passes that are complete at each pixel; all where left out
 * @returns row-major, 1 where a wanted pixel is cut off
 * @throws ReadFault when what was measured cannot be read
 */
export async function saturatedPixels(
  layout: CubeLayout,
  wanted: Uint8Array,
  channels: readonly [number, number],
  measured?: Uint8Array,
): Promise<Uint8Array> {
  const flags = new Uint8Array(wanted.length);
  for (const pass of layout.paths.keys()) {
    const there = wanted.map((flag, pixel) => {
      const complete = measured?.[pixel] ?? layout.paths.length;
      return flag && complete > pass && complete !== BY_RESCANS_ALONE ? 1 : 0;
    });
    await eachCutOff(passOf(layout, pass), runsOf(there), channels, (pixel) => {
      flags[pixel] = 1;
    });
  }
  for (const { cube, replaces, omits, ...place } of layout.patches ?? []) {
    for (const [first, end] of runsWithin(replaces, 0, flags.length)) flags.fill(0, first, end);
    const left = wanted.slice();
    for (const [first, end] of runsWithin(omits, 0, flags.length)) left.fill(0, first, end);
    const rows = overlap({ cube, ...place }, layout.shape[1], 0, flags.length);
    const here = rows.flatMap(({ source, target, count }) =>
      runsOf(left.subarray(target, target + count), source),
    );
    const width = cube.shape[1];
    await eachCutOff(cube, here, channels, (pixel) => {
      const row = place.y + Math.floor(pixel / width);
      flags[row * layout.shape[1] + place.x + (pixel % width)] = 1;
    });
  }
  return flags;
}

/** Calls back for each pixel of a cube whose counts are cut off, among those of some runs. */
async function eachCutOff(
  cube: CubeLayout,
  runs: readonly PixelRun[],
  [from, to]: readonly [number, number],
  found: (pixel: number) => void,
): Promise<void> {
  const limit = FULL_SCALE[cube.dtype];
  if (limit === undefined || to <= from || runs.length === 0) return;
  const width = to - from;
  const most = Math.max(1, Math.floor(READ_SAMPLES / width));
  const reader = await openCube(cube);
  try {
    const longest = runs.reduce((size, [first, end]) => Math.max(size, end - first), 0);
    const room = new Float32Array(Math.min(most, longest) * width);
    for (const [first, end] of runs)
      for (let at = first; at < end; at += most) {
        const count = Math.min(most, end - at);
        await reader.read(at, count, from, to, room);
        for (let p = 0; p < count; p++) if (isCutOff(room, p * width, (p + 1) * width, limit)) found(at + p);
      }
  } finally {
    await reader.close();
  }
}
