/** Marks of SVG, as text. */

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

type Attributes = Record<string, string | number | undefined>;

const attributes = (all: Attributes): string =>
  Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${typeof value === 'number' ? round(value) : escaped(value ?? '')}"`)
    .join('');

const round = (value: number): string => String(Math.round(value * 100) / 100);

export const element = (name: string, all: Attributes, content = ''): string =>
  content === '' ? `<${name}${attributes(all)}/>` : `<${name}${attributes(all)}>${content}</${name}>`;

export const text = (x: number, y: number, words: string, size: number, more: Attributes = {}): string =>
  element('text', { x, y, 'font-size': size, ...more }, escaped(words));

/** Width of DejaVu Sans, em a letter, on the safe side. */
const LETTER_EM = 0.6;

export const widthOf = (words: string, size: number): number => words.length * size * LETTER_EM;

/** Parts, joined by ` · `, on as many lines as they need. */
export function wrapped(parts: readonly string[], width: number, size: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines[lines.length - 1];
    const joined = `${last} · ${part}`;
    if (last !== undefined && widthOf(joined, size) <= width) lines[lines.length - 1] = joined;
    else lines.push(part);
  }
  return lines;
}
