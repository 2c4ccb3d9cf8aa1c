import { InputError } from '../../protocol/index.ts';

/** Maps of this many pixels still fit in memory; no instrument comes near it. */
export const MOST_PIXELS = 2 ** 24;
export const MOST_CHANNELS = 2 ** 16;

/**
 * Holds a header's shape against what can be worked with, before anything is allocated for it.
 * @throws InputError naming file and field
 */
export function checkScanSize(place: string, shape: [number, number], channels: number): void {
  const pixels = shape[0] * shape[1];
  if (!(pixels >= 1 && pixels <= MOST_PIXELS))
    throw new InputError(
      place,
      'shape',
      `expected 1 to ${MOST_PIXELS} pixels, found ${shape[0]} × ${shape[1]}`,
    );
  if (!(channels >= 1 && channels <= MOST_CHANNELS))
    throw new InputError(place, 'channels', `expected 1 to ${MOST_CHANNELS}, found ${channels}`);
}
