import { InputError } from '../../../protocol/index.ts';

/** Named in a message, at most. */
const MOST_NAMED = 8;

/**
 * The one of a file's images or signals that the operator has chosen, counted from 1 in the order of the file; undefined where none was chosen.
 * @param describe what one is, for messages
 * @throws InputError where there is none of that number
 */
export function chosenImage<Image>(
  images: readonly Image[],
  number: number | undefined,
  describe: (image: Image) => string,
  path: string,
): Image | undefined {
  if (number === undefined) return undefined;
  const chosen = images[number - 1];
  if (chosen === undefined)
    throw new InputError(
      path,
      'image',
      `expected 1 to ${images.length}, found --image ${number}: ${listed(images, describe)}`,
    );
  return chosen;
}

/** Says which spectra of a file are read, and which are left out, with the numbers that --image takes. */
export function leftOut<Image>(
  images: readonly Image[],
  read: Image,
  isLeftOut: (image: Image) => boolean,
  describe: (image: Image) => string,
  path: string,
): InputError {
  return new InputError(
    path,
    'image',
    `expected one scan, found several: ${images.indexOf(read) + 1} ${describe(read)} is read as the largest, left out: ${listed(images, describe, isLeftOut)}; --image n opens another`,
  );
}

function listed<Image>(
  images: readonly Image[],
  describe: (image: Image) => string,
  isListed: (image: Image) => boolean = () => true,
): string {
  const named = images.flatMap((image, index) =>
    isListed(image) ? [`${index + 1} ${describe(image)}`] : [],
  );
  const more = named.length - MOST_NAMED;
  return `${named.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Orders spectra so that the largest comes first: by pixels, then by samples; equal ones stay in the order of the file. */
export const byTheirSize = (
  a: { pixels: number; channels: number },
  b: { pixels: number; channels: number },
): number => b.pixels - a.pixels || b.pixels * b.channels - a.pixels * a.channels;
