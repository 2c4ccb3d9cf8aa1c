import { RecordingFault } from '../recording-fault.ts';
import { fileName, isReservedStem } from '../session-files.ts';

/** Scalar signals of a scan, the dwell time not counted. */
const MOST_SIGNALS = 32;

/** A scalar signal and the stem of its files. */
export interface NamedSignal {
  name: string;
  file: string;
}

/**
 * The signals of a scan once those named are among them; the place of each is its number.
 * @returns the same list where none is new
 * @throws RecordingFault when a scan has too many of them: each costs a file for every pass, and a map
 */
export function withSignals(known: NamedSignal[], names: readonly string[]): NamedSignal[] {
  const signals = [...known];
  for (const name of names) {
    if (signals.some((each) => each.name === name)) continue;
    // The dwell time is kept as one of them, and is not limited.
    const counted = signals.filter((each) => each.name !== 'dwell').length;
    if (name !== 'dwell' && counted >= MOST_SIGNALS)
      throw new RecordingFault(
        'message',
        `spectra: signals: expected at most ${MOST_SIGNALS} names in a scan, found also "${name}"`,
      );
    signals.push({ name, file: signalFile(name, signals) });
  }
  return signals.length > known.length ? signals : known;
}

/** Stem of the files of a signal, unlike those of all others whatever the case. */
function signalFile(name: string, taken: readonly NamedSignal[]): string {
  const used = new Set(taken.map(({ file }) => file.toLowerCase()));
  const stem = fileName(name, 40);
  for (let n = 1; ; n++) {
    const file = n === 1 ? stem : `${stem}-${n}`;
    if (!used.has(file.toLowerCase()) && !isReservedStem(file)) return file;
  }
}
