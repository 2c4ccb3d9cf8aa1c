import { cssColour, type Rgb } from '../../../protocol/index.ts';
import { scaleBar } from '../../../protocol/scale-bar.ts';
import { colourScale } from './colour-scale.ts';
import type { LegendEntry, MapLook } from './map-looks.ts';
import { FONT } from './render-svg.ts';
import { element, text, widthOf, wrapped } from './svg.ts';

/** A picture with what is needed to read it, white ground, in units of pixels. */
export interface Figure {
  title: string;
  /** Name of the scan, and of what it shows. */
  subtitle: string[];
  simulated: boolean;
  /** PNG of `columns × rows` pixels, transparent where not measured. */
  image: Uint8Array;
  columns: number;
  rows: number;
  /** Units of the colour bar. */
  units: string;
  look: Pick<MapLook, 'bar' | 'legend'>;
  /** nm; without one the scale bar counts pixels. False for pictures that are no map. */
  pixelSizeNm: number | undefined | false;
  caption: string[];
}

/** A map is magnified by a whole number to about this. */
const SIDE = 640;
/** The only row of a line scan is drawn this high: it has no height of its own. */
const LINE_HEIGHT = 48;
const LEAST_WIDTH = 520;
const INK = '#16191d';
const MUTED = '#565e68';
const WARNING = '#b3261e';
const FRAME = '#9aa2ac';

interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The figure as SVG. */
export function figureSvg(figure: Figure): string {
  const { columns, rows } = figure;
  const zoom = Math.max(1, Math.floor(SIDE / Math.max(rows, columns)));
  // Letters grow with maps that are larger than usual.
  const em = 14 * Math.max(1, Math.max(rows, columns) / SIDE);
  const margin = 1.8 * em;
  const map: Place = {
    x: margin,
    y: margin + 4.2 * em,
    width: columns * zoom,
    height: rows === 1 ? Math.max(LINE_HEIGHT, zoom) : rows * zoom,
  };
  const isTall = map.height >= 16 * em;
  const beside = isTall ? keyBeside(figure, map, em) : undefined;
  const width = Math.max(LEAST_WIDTH, map.x + map.width + margin, (beside?.right ?? 0) + margin);
  const room = width - 2 * margin;
  const scale = figure.pixelSizeNm === false ? undefined : scaleBarMarks(figure, map, zoom, em);
  let bottom = Math.max(map.y + map.height, beside?.bottom ?? 0) + (scale ? 3 * em : em);
  const below = isTall ? undefined : keyBelow(figure, { ...map, y: bottom + em, width: room }, em);
  bottom = below?.bottom ?? bottom;
  const small = 0.78 * em;
  const caption = wrapped(figure.caption, room, small).map((line, index) =>
    text(margin, bottom + (1.4 + 1.5 * index) * em, line, small, { fill: MUTED }),
  );
  const height = bottom + (1.4 + 1.5 * (caption.length - 1)) * em + margin;
  const marks = [
    definitions(em),
    element('rect', { width, height, fill: '#ffffff' }),
    ...heading(figure, margin, em, room),
    element('rect', { ...map, fill: 'url(#open)' }),
    element('image', {
      ...map,
      preserveAspectRatio: 'none',
      'image-rendering': 'optimizeSpeed',
      href: `data:image/png;base64,${Buffer.from(figure.image).toString('base64')}`,
    }),
    element('rect', { ...map, fill: 'none', stroke: FRAME, 'stroke-width': em / 14 }),
    ...(scale ?? []),
    ...(beside?.marks ?? []),
    ...(below?.marks ?? []),
    ...caption,
  ];
  const size = { width: Math.ceil(width), height: Math.ceil(height) };
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', ...size, 'font-family': FONT, fill: INK },
    marks.join('\n'),
  );
}

/** Hatching of what is not measured: no colour of a map looks like it. */
function definitions(em: number): string {
  const step = 0.7 * em;
  const line = element('path', {
    d: `M0 ${step} L${step} 0`,
    stroke: '#b9c0c8',
    'stroke-width': 0.09 * em,
  });
  const ground = element('rect', { width: step, height: step, fill: '#ffffff' });
  const pattern = { id: 'open', width: step, height: step, patternUnits: 'userSpaceOnUse' };
  return element('defs', {}, element('pattern', pattern, ground + line));
}

function heading({ title, subtitle, simulated }: Figure, x: number, em: number, room: number): string[] {
  const size = Math.min(1.4 * em, (1.4 * em * room) / widthOf(title, 1.5 * em));
  const y = x + 0.9 * em;
  const words = subtitle.join(' · ');
  const small = Math.min(em, (em * room) / widthOf(`${words} simulated, not measured`, em));
  const marks = [
    text(x, y, title, size, { 'font-weight': 'bold' }),
    text(x, y + 1.8 * em, words, small, { fill: MUTED }),
  ];
  if (simulated)
    marks.push(
      text(x + room, y, 'Simulated, not measured', 0.9 * em, {
        fill: WARNING,
        'font-weight': 'bold',
        'text-anchor': 'end',
      }),
    );
  return marks;
}

function scaleBarMarks({ pixelSizeNm }: Figure, map: Place, zoom: number, em: number): string[] | undefined {
  const bar = scaleBar(zoom, pixelSizeNm === false ? undefined : pixelSizeNm, 0.35 * map.width);
  if (!bar) return undefined;
  const y = map.y + map.height + 0.8 * em;
  return [
    element('rect', { x: map.x, y, width: bar.length, height: 0.32 * em, fill: INK }),
    text(map.x, y + 1.5 * em, bar.label, em),
  ];
}

const SWATCH_EM = 1.05;
const ENTRY_EM = 1.65;

function entryMarks({ text: words, colour }: LegendEntry, x: number, y: number, em: number): string[] {
  const size = SWATCH_EM * em;
  const fill = colour ? cssColour(colour) : 'url(#open)';
  return [
    element('rect', { x, y, width: size, height: size, fill, stroke: FRAME, 'stroke-width': em / 14 }),
    text(x + 1.6 * em, y + 0.87 * em, words, 0.95 * em),
  ];
}

interface Key {
  marks: string[];
  right: number;
  bottom: number;
}

/** Colour bar and legend at the right of a map. */
function keyBeside({ look, units }: Figure, map: Place, em: number): Key {
  const x = map.x + map.width + 1.8 * em;
  const marks: string[] = [];
  let [y, right] = [map.y, x];
  const legendHeight = look.legend.length * ENTRY_EM * em;
  if (look.bar) {
    const { ticks, factor } = colourScale(look.bar.domain);
    const label = [factor, units].filter(Boolean).join(' ');
    marks.push(text(x, y + 0.8 * em, label, 0.95 * em));
    y += 1.6 * em;
    const bar = {
      x,
      y,
      width: 1.3 * em,
      height: map.y + map.height - y - (legendHeight > 0 ? legendHeight + em : 0),
    };
    marks.push(...barMarks(look.bar.colours, bar, true));
    for (const tick of ticks) {
      const at = bar.y + bar.height * (1 - tick.at);
      marks.push(
        element('path', {
          d: `M${bar.x + bar.width} ${at} h${0.4 * em}`,
          stroke: INK,
          'stroke-width': em / 14,
        }),
        text(bar.x + bar.width + 0.7 * em, at + 0.33 * em, tick.text, 0.95 * em),
      );
      right = Math.max(right, bar.x + bar.width + 0.7 * em + widthOf(tick.text, em));
    }
    right = Math.max(right, x + widthOf(label, 0.95 * em));
    y = bar.y + bar.height + em;
  }
  for (const entry of look.legend) {
    marks.push(...entryMarks(entry, x, y, em));
    right = Math.max(right, x + 1.6 * em + widthOf(entry.text, 0.95 * em));
    y += ENTRY_EM * em;
  }
  return { marks, right, bottom: y };
}

/** The same below a map that is too low for it. */
function keyBelow({ look, units }: Figure, place: Place, em: number): Key {
  const marks: string[] = [];
  let y = place.y;
  if (look.bar) {
    const { ticks, factor } = colourScale(look.bar.domain);
    const bar = { x: place.x, y, width: Math.min(place.width, 30 * em), height: em };
    marks.push(...barMarks(look.bar.colours, bar, false));
    for (const tick of ticks) {
      const at = bar.x + bar.width * tick.at;
      marks.push(
        element('path', {
          d: `M${at} ${bar.y + bar.height} v${0.4 * em}`,
          stroke: INK,
          'stroke-width': em / 14,
        }),
        text(at, bar.y + bar.height + 1.4 * em, tick.text, 0.95 * em, { 'text-anchor': 'middle' }),
      );
    }
    y += 3.9 * em;
    marks.push(text(bar.x, y, [factor, units].filter(Boolean).join(' '), 0.95 * em));
    y += 0.8 * em;
  }
  const widest = Math.max(0, ...look.legend.map(({ text: words }) => 2.6 * em + widthOf(words, 0.95 * em)));
  const perLine = Math.max(1, Math.floor(place.width / Math.max(widest, 1)));
  look.legend.forEach((entry, index) => {
    const at = place.x + (index % perLine) * widest;
    marks.push(...entryMarks(entry, at, y + Math.floor(index / perLine) * ENTRY_EM * em, em));
  });
  y += Math.ceil(look.legend.length / perLine) * ENTRY_EM * em;
  return { marks, right: place.x + place.width, bottom: y };
}

/** Stripes, one a colour: a gradient would be made of its few stops. */
function barMarks(colours: readonly Rgb[], bar: Place, isVertical: boolean): string[] {
  const length = isVertical ? bar.height : bar.width;
  const step = length / colours.length;
  const stripes = colours.map((colour, index) => {
    // A little longer, so that no ground shows between them.
    const from = index * step;
    const size = Math.min(1.6 * step, length - from);
    const place = isVertical
      ? { x: bar.x, y: bar.y + length - from - size, width: bar.width, height: size }
      : { x: bar.x + from, y: bar.y, width: size, height: bar.height };
    return element('rect', { ...place, fill: cssColour(colour), 'shape-rendering': 'crispEdges' });
  });
  return [...stripes, element('rect', { ...bar, fill: 'none', stroke: FRAME })];
}
