import { Unpackr } from 'msgpackr';
import { InputError } from '../../../protocol/index.ts';
import { type IngestMessage, parseIngestMessage } from '../../../protocol/ingest.ts';
import { checkMsgpack } from '../../../protocol/msgpack-bounds.ts';

const PLACE = 'ingest message';
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/**
 * What a producer has sent. Its bytes are held against bounds before anything is decoded.
 * @throws InputError for what is no message of the protocol
 */
export function decodeMessage(bytes: Uint8Array): IngestMessage {
  checkMsgpack(bytes, PLACE);
  let value: unknown;
  try {
    value = unpackr.unpack(bytes);
  } catch (cause) {
    throw new InputError(PLACE, 'form', 'expected a msgpack map', { cause });
  }
  return parseIngestMessage(value);
}
