import { counted } from '../../../protocol/index.ts';
import { backgroundDoubt } from '../../analysis/background/background-doubt.ts';
import { overSubtraction } from '../../analysis/background/over-subtraction.ts';
import type { EdgeWindow } from '../../analysis/windows/edge-window.ts';
import { backgroundPerNet, type ClassSums } from '../fit/class-spectra.ts';
import type { FINAL_WARNINGS } from './edge-protocol.ts';
import type { ModelFit } from './model-data.ts';

/** Share of the net counts that may be wrong without a warning. */
const WORTH_A_WARNING = 0.05;

export interface FinalWarning {
  about: (typeof FINAL_WARNINGS)[number];
  message: string;
}

/**
 * Warnings about an edge's final model.
 * @param pixels that were judged
 */
export function finalWarnings(
  { births = [], signal }: ModelFit,
  window: EdgeWindow,
  sums: ClassSums,
  pixels: number,
): FinalWarning[] {
  const warnings: FinalWarning[] = [];
  if (births.length > 0) {
    const each = births.map(
      ({ label, pixels }) => `new class ${label}: ${counted(pixels, 'pixel')} unlike every other class`,
    );
    warnings.push({ about: 'births', message: each.join('; ') });
  }
  const doubt = backgroundDoubt(window, signal.calibration) * backgroundPerNet(sums, window);
  if (doubt > WORTH_A_WARNING)
    warnings.push({
      about: 'background',
      message: `the counts before the edge bend as no background does (tail of an edge before it, plasmons): net counts may be off by ${Math.round(100 * doubt)} %`,
    });
  const { overSubtracted } = signal.flagged;
  const over = overSubtraction(overSubtracted, pixels);
  if (over)
    warnings.push({
      about: 'over-subtracted',
      message:
        `too much background is subtracted in ${overSubtracted} of ${counted(pixels, 'pixel')}, where noise explains ${over.expected.toFixed(1)}: ` +
        `the counts in the fit window are not those of the background alone (another edge, its tail), or the axis is off`,
    });
  return warnings;
}
