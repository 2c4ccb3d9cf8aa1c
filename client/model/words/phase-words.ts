import type { ClassState, Phase } from '../../../protocol/index.ts';
import { withSubscripts } from './class-names.ts';
import { compact, percent, plural, withSigma } from './format.ts';
import { classWord } from './pair-names.ts';

/** `12.3 ± 0.4 %`: the area of a phase as a share of the pixels in which any edge is present. */
export const areaWords = ({ fraction, fractionSigma }: Phase): string =>
  `${withSigma(100 * fraction, 100 * fractionSigma)}\u2009%`;

/** `by Si-L, C-K, 93 % confirmed`: the edges whose classes have its name. */
export function namedBy({ edges, confirmed }: Phase): string {
  if (edges.length === 0) return 'without a name';
  return `by ${edges.join(', ')}, ${confirmed > 0 ? `${percent(confirmed)} confirmed` : 'not confirmed'}`;
}

/** `5 regions of 34 nm · t/λ 0.45 ± 0.01`. */
export function phaseDetails(phase: Phase): string {
  const { regions, medianSizeNm, medianSizePixels, thickness, thicknessSigma } = phase;
  const size =
    medianSizeNm !== undefined
      ? ` of ${compact(medianSizeNm)} nm`
      : medianSizePixels !== undefined
        ? ` of ${compact(medianSizePixels)} pixels`
        : '';
  return [
    `${plural(regions, 'region')}${regions > 0 ? size : ''}`,
    ...(thickness === undefined ? [] : [`t/λ ${withSigma(thickness, thicknessSigma ?? 0)}`]),
  ].join(' · ');
}

/** The same as sentences, for the tip. */
export function phaseSentence(phase: Phase): string {
  const contradicted = Math.max(0, 1 - phase.confirmed - phase.undecided);
  return `${withSubscripts(phase.name)}, ${namedBy(phase)}: ${phaseDetails(phase)}; ${percent(phase.undecided)} undecided, ${percent(contradicted)} contradicted by an edge. Size: median diameter of a circle of the region's area.`;
}

/**
 * Why a pixel is of its phase: `Si-L says SiC, C-K says a-C, O-K is absent`.
 * @param labelOf label of the pixel at an edge; undefined without a class map
 */
export function whyWords(
  edges: readonly string[],
  labelOf: (edge: string) => number | undefined,
  classesOf: (edge: string) => readonly ClassState[],
): string {
  const words = edges.flatMap((edge) => {
    const label = labelOf(edge);
    if (label === undefined || label < -1) return [];
    const classes = classesOf(edge);
    if (label === -1) return [`${edge} is absent`];
    const isNamed = classes.find((one) => one.label === label)?.name !== undefined;
    return [
      isNamed
        ? `${edge} says ${classWord(classes, label)}`
        : `${edge} does not name ${classWord(classes, label)}`,
    ];
  });
  return words.join(', ');
}
