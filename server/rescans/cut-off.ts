import type { Edge, Scan } from '../../protocol/index.ts';
import type { CubeLayout, CutOff, Patch } from '../formats/cube.ts';
import { exposureOf } from '../formats/reading/exposure.ts';
import { overlap } from '../formats/reading/patched-reader.ts';
import { runsOf } from '../formats/reading/pixel-runs.ts';
import { edgeChannels, saturatedPixels } from '../formats/reading/saturated-pixels.ts';

/** A scan as it is before a rescan is added. */
export interface CutOffInput {
  scan: Pick<Scan, 'shape' | 'channels' | 'energy'>;
  core: CubeLayout;
  /** Passes that are complete at each pixel. */
  measured: Uint8Array;
  /** Dwell of each pixel in the first pass, relative to the scan's; 0 where it is the same. */
  dwell?: Float32Array;
  /** What is looked at; all channels without edges. */
  edges: readonly Edge[];
}

/**
 * Which pixels of a scan take the counts of a rescan in place of their own, and which leave them out: what is cut off is never added to
 * what is not. A pixel that was cut off takes those of a shorter exposure, even where these are cut off as well: then the next one has to
 * be shorter still. Where a longer one is cut off too, both are added up: nothing better is known.
 * @param patch where it was found to lie
 */
export async function cutOffBy(input: CutOffInput, patch: Patch): Promise<CutOff> {
  const { scan, core, measured, edges, dwell } = input;
  const pixels = measured.length;
  const wanted = new Uint8Array(pixels);
  for (const { target, count } of overlap(patch, scan.shape[1], 0, pixels))
    wanted.fill(1, target, target + count);
  const channels = edgeChannels(edges, scan.energy, scan.channels);
  const { patches: _, ...own } = core;
  const alone: CubeLayout = { ...own, paths: core.paths.slice(0, 1), patches: [patch] };
  const none = new Uint8Array(pixels);
  const [before, after] = [
    await saturatedPixels(core, wanted, channels, measured),
    await saturatedPixels(alone, wanted, channels, none),
  ];
  const exposure = exposureOf({ measured, layout: core, ...(dwell && { dwell }) }, 0, pixels);
  // Exposures of more than a dwell are sums of several.
  const isShorter = (pixel: number) => patch.dwells < Math.min(1, exposure[pixel]);
  const replaces = runsOf(before.map((cut, pixel) => (cut && isShorter(pixel) ? 1 : 0)));
  const omits = runsOf(after.map((cut, pixel) => (cut && !before[pixel] && exposure[pixel] > 0 ? 1 : 0)));
  return { ...(replaces.length > 0 && { replaces }), ...(omits.length > 0 && { omits }) };
}
