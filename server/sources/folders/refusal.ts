import { extname } from 'node:path';
import type { Alert, InputError } from '../../../protocol/index.ts';
import { PlainImageError } from '../../formats/signals/plain-image.ts';

/** What is said of a file that cannot be opened. */
export interface Refusal {
  /** The same for files that are refused alike, whatever their names, sizes and values. */
  cause: string;
  severity: Alert['severity'];
  message: string;
}

/** What is no spectrum image, or need not be one, is nothing wrong; everything else is an error. */
export function refusalOf(error: InputError): Refusal {
  const { place, field, message } = error;
  if (error instanceof PlainImageError)
    return {
      cause: 'image',
      severity: 'info',
      message: `${place}: passed over: it holds an image and no spectra`,
    };
  // What a .npy file holds it does not say: it may be anything.
  const severity = extname(place).toLowerCase() === '.npy' ? 'info' : 'error';
  const expectation = message.slice(place.length).replace(/"[^"]*"|\d+(\.\d+)?/g, '#');
  return { cause: `${field} ${expectation}`, severity, message };
}
