import * as v from 'valibot';
import { calibration } from './calibration.ts';
import { classSpectra, edgeState } from './edge-state.ts';
import { pairInformation } from './information.ts';
import { phases } from './phases.ts';
import { plan } from './plan.ts';
import { annotations, player, timeline } from './player.ts';
import { hello, layerMessage, scanMessage } from './scan.ts';
import { pixelSpectrum, sumSpectrum } from './spectra.ts';
import { alerts, answer, delivery, fault, progress } from './state.ts';

/** Messages of the control plane: in order, and never dropped. */
export const CONTROL = [hello, scanMessage, layerMessage, pixelSpectrum, answer, fault] as const;

/** Messages that carry a whole state each: the newest replaces the older ones. */
export const TOPICS = [
  progress,
  edgeState,
  classSpectra,
  sumSpectrum,
  calibration,
  pairInformation,
  phases,
  alerts,
  annotations,
  player,
  timeline,
  plan,
  delivery,
] as const;

export const serverMessage = v.variant('type', [...CONTROL, ...TOPICS]);
