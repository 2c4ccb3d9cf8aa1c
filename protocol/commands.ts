import type { InferOutput } from 'valibot';
import type * as commands from './live/commands.ts';

export type ReplaySpeed = InferOutput<typeof commands.replaySpeed>;
export type AnnotationPlace = InferOutput<typeof commands.annotationPlace>;
export type Annotation = InferOutput<typeof commands.annotation>;
export type AxisChoice = InferOutput<typeof commands.axisChoice>;
export type PlayerCommand = InferOutput<typeof commands.playerCommand>;
export type AnnotationCommand = InferOutput<typeof commands.annotationCommand>;
export type PlanCommand = InferOutput<typeof commands.planCommand>;
export type Command = InferOutput<typeof commands.command>;
export type SpectrumRequest = InferOutput<typeof commands.spectrumRequest>;
export type CommandRequest = InferOutput<typeof commands.commandRequest>;
export type ClientMessage = InferOutput<typeof commands.clientMessage>;
