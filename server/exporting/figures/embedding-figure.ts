import { encodePng, type Rgba } from '../../formats/png.ts';
import type { Exportable, ExportMap } from '../exportable.ts';
import type { Figure } from './figure.ts';
import { captionOf, subtitleOf, titleOf } from './figure-words.ts';
import { lookOf } from './map-looks.ts';

const SIDE = 640;
const MARGIN = 16;

/** Points in the plane of an embedding in the colours of their classes. */
export async function embeddingFigure(content: Exportable, map: ExportMap): Promise<Figure> {
  const { data, layer } = map;
  const labels = content.maps.find(({ layer: { kind, edge } }) => kind === 'labels' && edge === layer.edge);
  const look = labels && lookOf(content, labels);
  const palette = look?.palette ?? [[60, 90, 150] as const];
  const points = placesOf(data);
  // Few points are drawn large, many small.
  const size = points.length < 5000 ? 4 : points.length < 50_000 ? 3 : 1;
  const indices = new Uint8Array(SIDE * SIDE);
  for (const { pixel, x, y } of points) {
    const index = look ? look.indices[pixel] : 1;
    for (let dy = 0; dy < size; dy++)
      for (let dx = 0; dx < size; dx++) indices[(y + dy) * SIDE + x + dx] = index;
  }
  const colours: Rgba[] = [[255, 255, 255, 255], ...palette.map((colour): Rgba => [...colour, 255])];
  return {
    title: titleOf(layer),
    subtitle: [...subtitleOf(content, layer), 'each point is a pixel of the scan'],
    simulated: content.scan.simulated ?? false,
    image: await encodePng(indices, SIDE, SIDE, colours),
    columns: SIDE,
    rows: SIDE,
    units: '',
    // What is absent or not measured has no place in the plane.
    look: { legend: (look?.legend ?? []).filter(({ isRest }) => !isRest) },
    pixelSizeNm: false,
    caption: captionOf(content, false),
  };
}

/** Places in the picture, one scale for both axes, y upwards; pixels without a place are left out. */
function placesOf(data: ArrayLike<number>): { pixel: number; x: number; y: number }[] {
  const pixels = Array.from({ length: data.length / 2 }, (_, pixel) => pixel).filter(
    (pixel) => Number.isFinite(data[2 * pixel]) && Number.isFinite(data[2 * pixel + 1]),
  );
  const extent = [0, 1].map((axis) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const pixel of pixels) {
      low = Math.min(low, data[2 * pixel + axis]);
      high = Math.max(high, data[2 * pixel + axis]);
    }
    return { middle: (low + high) / 2, span: high - low };
  });
  const scale = (SIDE - 2 * MARGIN) / Math.max(extent[0].span, extent[1].span, 1e-9);
  return pixels.map((pixel) => ({
    pixel,
    x: Math.round(SIDE / 2 + (data[2 * pixel] - extent[0].middle) * scale) - 2,
    y: Math.round(SIDE / 2 - (data[2 * pixel + 1] - extent[1].middle) * scale) - 2,
  }));
}
