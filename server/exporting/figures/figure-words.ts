import { lengthLabel } from '../../../protocol/scale-bar.ts';
import { VERSION } from '../../version.ts';
import type { Exportable, ExportMap } from '../exportable.ts';

/** What it shows with its units, where these say something. */
export const titleOf = ({ name, units, kind }: ExportMap['layer']): string =>
  units === '' || kind === 'labels' || kind === 'phases' || kind === 'flags' || kind === 'passes'
    ? name
    : `${name} (${units})`;

export function subtitleOf({ scan, edges }: Exportable, { edge, pair }: ExportMap['layer']): string[] {
  const shown = edge === undefined ? (pair ?? []) : [edge];
  const onsets = shown.map((name) => {
    const onset = edges.find((known) => known.name === name)?.onsetEv;
    return onset === undefined ? name : `${name} edge at ${onset} eV`;
  });
  return [scan.name, ...onsets];
}

/** How it was measured and drawn. @param isContinuous drawn with a colour bar */
export function captionOf({ scan, created }: Exportable, isContinuous: boolean): string[] {
  const { shape, pixelSizeNm, beamKv, convergenceMrad, collectionMrad, dwellSeconds } = scan;
  const parts = [
    `${shape[0]} × ${shape[1]} pixels${pixelSizeNm === undefined ? '' : ` of ${lengthLabel(pixelSizeNm)}`}`,
  ];
  if (beamKv !== undefined) parts.push(`${figures(beamKv)} kV`);
  if (convergenceMrad !== undefined) parts.push(`convergence ${figures(convergenceMrad)} mrad`);
  if (collectionMrad !== undefined) parts.push(`collection ${figures(collectionMrad)} mrad`);
  if (dwellSeconds !== undefined)
    parts.push(
      dwellSeconds < 1 ? `${figures(1000 * dwellSeconds)} ms a pixel` : `${figures(dwellSeconds)} s a pixel`,
    );
  if (isContinuous) parts.push('values beyond the bar in the colours of its ends');
  if (created !== undefined) parts.push(`${created.slice(0, 16).replace('T', ' ')} UTC`);
  parts.push(`eelwatch ${VERSION}`);
  return parts;
}

const figures = (value: number): string => String(Number(value.toPrecision(4)));
