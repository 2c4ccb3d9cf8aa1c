import type { IngestErrorCode } from '../../protocol/ingest.ts';

/** Something a producer is refused, with the code it is told. */
export class IngestFault extends Error {
  readonly code: IngestErrorCode;

  constructor(code: IngestErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  /** Concerns the content of one message, which is left out; the connection goes on. */
  get concernsContent(): boolean {
    return this.code === 'value' || this.code === 'conflict';
  }
}
