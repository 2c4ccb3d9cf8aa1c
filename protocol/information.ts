import type { InferOutput } from 'valibot';
import type * as information from './live/information.ts';

export type InformationVerdict = InferOutput<typeof information.informationVerdict>;
export type PairInformation = InferOutput<typeof information.pairInformation>;
