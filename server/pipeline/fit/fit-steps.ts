import { calibrationStep, statisticsStep } from './calibration-steps.ts';
import { classSumStep } from './class-sum-step.ts';
import type { Step } from './fit-input.ts';
import { placementStep } from './placement-step.ts';
import { scoreStep, signalStep } from './signal-steps.ts';

/** Steps on blocks of pixels, by name. */
const STEPS = {
  calibration: calibrationStep,
  statistics: statisticsStep,
  signal: signalStep,
  scores: scoreStep,
  placement: placementStep,
  'class sums': classSumStep,
};

export type StepName = keyof typeof STEPS;
type Types<Name extends StepName> =
  (typeof STEPS)[Name] extends Step<infer Shared, infer Own, infer Part>
    ? { shared: Shared; own: Own; part: Part }
    : never;
/** Data shared by all blocks; plain data, large arrays in shared memory. */
export type Shared<Name extends StepName> = Types<Name>['shared'];
/** Data of one block. */
export type Own<Name extends StepName> = Types<Name>['own'];
/** Result of a block. */
export type Part<Name extends StepName> = Types<Name>['part'];

/** A step by its name, untyped: the caller knows its types. */
export const stepOf = (name: StepName): Step<unknown, unknown, unknown> =>
  STEPS[name] as unknown as Step<unknown, unknown, unknown>;
