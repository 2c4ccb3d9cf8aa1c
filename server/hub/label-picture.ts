import { ABSENT_COLOUR, CLASS_COLOURS, labelColour } from '../../protocol/index.ts';
import { encodePng, type Rgba } from '../formats/png.ts';

const TRANSPARENT: Rgba = [0, 0, 0, 0];
const PALETTE = [ABSENT_COLOUR, ...CLASS_COLOURS];

/**
 * A class map as PNG in the dashboard's colours, one pixel each.
 * @param labels `rows * columns` labels; −1 absent, −2 not measured
 * @param placeOf place of each label in the palette; by default the label itself
 */
export function drawLabels(
  labels: Float32Array | Int16Array,
  columns: number,
  placeOf: ReadonlyMap<number, number> = new Map(),
): Promise<Uint8Array<ArrayBuffer>> {
  const indices = new Uint8Array(labels.length);
  for (let pixel = 0; pixel < labels.length; pixel++) {
    const colour = labelColour(labels[pixel], placeOf);
    indices[pixel] = colour ? PALETTE.indexOf(colour) + 1 : 0;
  }
  const palette: Rgba[] = [TRANSPARENT, ...PALETTE.map((colour): Rgba => [...colour, 255])];
  return encodePng(indices, columns, labels.length / columns, palette);
}
