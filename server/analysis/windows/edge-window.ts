import {
  channelOf,
  type Edge,
  type EnergyAxis,
  type EnergyWindow,
  energyOf,
  InputError,
} from '../../../protocol/index.ts';
import type { BackgroundMethod } from './background-method.ts';

/**
 * An edge on the channels of one scan. The span [firstChannel, endChannel) reaches from the start of the fit window to
 * the end of the signal window; the counts below are relative to `firstChannel`.
 */
export interface EdgeWindow {
  firstChannel: number;
  endChannel: number;
  /** Channels of the fit window: span indices [0, fitChannels); may be none where no background is fitted. */
  fitChannels: number;
  /** Span index at which the signal window starts; it ends with the span. */
  signalStart: number;
  /** Natural logarithm of the energy in eV, one per channel of the span. */
  logEnergy: Float64Array;
  /** Channels of the signal window that are added up to one feature. */
  channelsPerFeature: number;
  /** Length of a normalised net spectrum; a last, incomplete group of channels is left out. */
  features: number;
}

/**
 * With more features the eigendecomposition takes seconds instead of 0.1 s and gains nothing: edges are broader than
 * the channels of a finely sampled axis.
 */
const MAX_FEATURES = 256;

/** Fewest channels for a two-parameter fit with a goodness of fit. */
const MIN_CHANNELS = 8;

function channelsOf(window: EnergyWindow, axis: EnergyAxis, channels: number): [number, number] {
  const clamp = (channel: number) => Math.min(Math.max(Math.ceil(channel - 1e-9), 0), channels);
  return [clamp(channelOf(axis, window[0])), clamp(channelOf(axis, window[1]))];
}

/**
 * Converts an edge's windows to channels of a scan's energy axis. Windows may be clipped by the ends of the axis as
 * long as half of each remains. Without a background fit the fit window may lie outside the axis.
 * @throws InputError when the axis does not cover the edge
 */
export function edgeWindow(
  edge: Edge,
  axis: EnergyAxis,
  channels: number,
  background: BackgroundMethod = 'poisson',
): EdgeWindow {
  const [fitFirst, fitEnd] = channelsOf(edge.fitWindow, axis, channels);
  const [signalFirst, signalEnd] = channelsOf(edge.signalWindow, axis, channels);
  const range = `${energyOf(axis, 0).toFixed(1)}–${energyOf(axis, channels - 1).toFixed(1)} eV`;
  const check = (field: string, window: EnergyWindow, count: number) => {
    const all = (window[1] - window[0]) / axis.dispersion;
    if (all < MIN_CHANNELS)
      throw new InputError(
        `edge ${edge.name}`,
        field,
        `expected ${MIN_CHANNELS} channels or more in ${window[0]}–${window[1]} eV, found ${Math.floor(all)} on an axis of ${Number(axis.dispersion.toPrecision(4))} eV per channel; give wider windows, Name:onset:fit0-fit1:signal0-signal1`,
      );
    if (count < Math.max(all / 2, MIN_CHANNELS))
      throw new InputError(
        `edge ${edge.name}`,
        field,
        `expected ${window[0]}–${window[1]} eV on the energy axis, which covers ${range}`,
      );
  };
  if (background !== 'none') check('fit window', edge.fitWindow, fitEnd - fitFirst);
  check('signal window', edge.signalWindow, signalEnd - signalFirst);
  if (background !== 'none' && energyOf(axis, fitFirst) <= 0)
    throw new InputError(`edge ${edge.name}`, 'fit window', 'expected energies above 0 eV for a power law');
  const logEnergy = Float64Array.from({ length: signalEnd - fitFirst }, (_, i) =>
    Math.log(energyOf(axis, fitFirst + i)),
  );
  const signalChannels = signalEnd - signalFirst;
  const channelsPerFeature = Math.ceil(signalChannels / MAX_FEATURES);
  return {
    firstChannel: fitFirst,
    endChannel: signalEnd,
    fitChannels: fitEnd - fitFirst,
    signalStart: signalFirst - fitFirst,
    logEnergy,
    channelsPerFeature,
    features: Math.floor(signalChannels / channelsPerFeature),
  };
}
