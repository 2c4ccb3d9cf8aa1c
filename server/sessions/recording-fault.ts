export type RecordingFaultCode =
  /** Spectra or an end after the end of the scan. */
  | 'sequence'
  /** The scan is known with another shape, energy axis, type or order. */
  | 'geometry'
  /** Another scan is being recorded, or another monitor records this one. */
  | 'busy'
  /** Pixels outside the scan, or bytes that do not fit their number. */
  | 'range'
  | 'length'
  /** The scan has more scalar signals than are kept. */
  | 'message'
  /** A sample that is not a number; nothing of that block is recorded. */
  | 'value'
  /** Other spectra are recorded there; the first ones are kept. */
  | 'conflict'
  /** The session cannot be written. */
  | 'storage';

/** Why spectra are not recorded. */
export class RecordingFault extends Error {
  override readonly name = 'RecordingFault';
  readonly code: RecordingFaultCode;

  constructor(code: RecordingFaultCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  /** Concerns the content of one block, which is left out; the scan goes on. */
  get concernsContent(): boolean {
    return this.code === 'value' || this.code === 'conflict';
  }
}
