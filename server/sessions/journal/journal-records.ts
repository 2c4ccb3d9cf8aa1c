import * as v from 'valibot';
import type { Command, LayerMessage, Plan, ScanMessage, Topic } from '../../../protocol/index.ts';

/** Of a millisecond: the unit of times in MCAP. */
export const NANOSECONDS = 1_000_000n;

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.string();
const pixels = v.pipe(whole, v.description('row-major pixel'));

/** A message of `/live`, of which no more than the kind is checked: it was made by a program of ours, and has a checksum. */
const messageOf = <Message extends { type: string }>() =>
  v.looseObject({ type: text }) as unknown as v.GenericSchema<Message>;

/** What a journal says, by topic; each topic has one kind of record. Times are those of the messages. */
export const JOURNAL_RECORDS = {
  scan: v.pipe(
    v.object({
      id: text,
      name: text,
      source: text,
      shape: v.pipe(v.strictTuple([whole, whole]), v.description('rows, columns')),
      channels: whole,
      energy: v.object({ offset: v.number(), dispersion: v.number(), units: v.literal('eV') }),
      program: v.object({ name: text, version: text }),
      options: v.pipe(v.record(text, v.unknown()), v.description('of the analysis')),
    }),
    v.description('A scan begins, or is gone on with by a monitor that was started again.'),
  ),
  arrivals: v.pipe(
    v.object({
      pass: whole,
      pixels: v.pipe(v.array(v.strictTuple([pixels, pixels])), v.description('spans [first, end)')),
    }),
    v.description('Pixels that have become complete since the last record.'),
  ),
  repeated: v.pipe(
    v.object({ pass: whole, pixels: v.pipe(v.strictTuple([pixels, pixels]), v.description('[first, end)')) }),
    v.description('Pixels came again that were there already; the first content stays.'),
  ),
  signal: v.pipe(
    v.object({ name: text }),
    v.description('A scalar signal whose values lie in the file of that name in session.json.'),
  ),
  stalled: v.pipe(v.object({}), v.description('Nothing has come for unusually long.')),
  alert: v.pipe(
    v.object({
      id: text,
      state: v.picklist(['raised', 'cleared']),
      severity: v.exactOptional(v.picklist(['info', 'warning', 'error'])),
      message: v.exactOptional(text),
    }),
    v.description('Something that people were told, or that is over.'),
  ),
  revision: v.pipe(
    v.object({
      edge: text,
      revision: whole,
      final: v.boolean(),
      present: v.pipe(whole, v.description('pixels that show the edge')),
      absent: whole,
      classes: whole,
      hash: v.pipe(text, v.description('SHA-256 of labels, embedding and uncertainty, in this order')),
    }),
    v.description('A model of an edge was taken into use.'),
  ),
  message: v.pipe(
    v.object({
      key: v.pipe(text, v.description('it replaces the one before of the same key; `scan` begins all anew')),
      message: v.pipe(
        messageOf<Topic | ScanMessage | LayerMessage>(),
        v.description('as dashboards are sent it on /live'),
      ),
    }),
    v.description('Words that dashboards were shown.'),
  ),
  pictures: v.pipe(
    v.object({
      at: v.pipe(whole, v.description('byte of pictures.raw at which the first band begins')),
      bands: v.pipe(
        v.array(v.strictTuple([whole, whole, whole, whole, whole])),
        v.description('layer, first row, rows, bytes, CRC-32 of these; one after the other'),
      ),
    }),
    v.description(
      'Rows of layers as dashboards were shown them: samples of the layer, little endian, deflated (RFC 1951).',
    ),
  ),
  model: v.pipe(
    v.object({
      edge: text,
      revision: whole,
      at: v.pipe(whole, v.description('byte of pictures.raw')),
      bytes: whole,
      checksum: v.pipe(whole, v.description('CRC-32')),
    }),
    v.description('What the spectrum of a pixel is shown with at an edge: MessagePack with typed arrays.'),
  ),
  action: v.pipe(
    v.object({
      command: v.pipe(messageOf<Command>(), v.description('as pages ask for it on /live')),
    }),
    v.description('Something that the operator had done.'),
  ),
  plan: v.pipe(
    v.object({
      plan: v.pipe(messageOf<Plan>(), v.description('as dashboards are sent it on /live')),
    }),
    v.description(
      'Where to scan again: another plan was proposed, or it was accepted, withdrawn, expired, or what came of one is known.',
    ),
  ),
  rescan: v.pipe(
    v.object({
      file: v.pipe(text, v.description('stem of its files')),
      id: text,
      state: v.picklist(['began', 'goes on', 'ended', 'added', 'refused']),
      region: v.pipe(
        v.object({ y: whole, x: whole, height: whole, width: whole }),
        v.description('in pixels of the scan'),
      ),
      plan: v.exactOptional(
        v.pipe(
          v.object({ number: whole, region: whole }),
          v.description('the plan that was accepted, and the number of its region'),
        ),
      ),
      spectra: v.pipe(whole, v.description('recorded of it')),
      status: v.exactOptional(v.picklist(['complete', 'aborted'])),
      rows: v.exactOptional(
        v.pipe(
          v.array(v.strictTuple([whole, whole])),
          v.description('rows [first, end) of the region that were added'),
        ),
      ),
      patches: v.exactOptional(
        v.pipe(whole, v.description('how many of session.json belong to the scan from now on')),
      ),
      shift: v.exactOptional(v.object({ y: v.number(), x: v.number(), sigma: v.number() })),
      replaced: v.exactOptional(
        v.pipe(whole, v.description('pixels that were saturated before and hold its counts alone now')),
      ),
      omitted: v.exactOptional(
        v.pipe(whole, v.description('pixels that it has saturated, and that are left as they were')),
      ),
      refused: v.exactOptional(v.pipe(text, v.description('why it was not added'))),
    }),
    v.description('A rescan of a part of the scan began, ended, was added to it or was not.'),
  ),
  end: v.pipe(
    v.object({
      status: v.picklist(['complete', 'aborted']),
      spectra: v.pipe(whole, v.description('in all passes')),
      missing: v.pipe(whole, v.description('pixels that were measured in no pass')),
      gaps: v.exactOptional(
        v.pipe(
          v.array(v.strictTuple([pixels, pixels])),
          v.description('which these are, spans [first, end); of many the first thousand'),
        ),
      ),
      rewritten: v.exactOptional(
        v.pipe(v.literal(true), v.description('its file was rewritten, and holds another scan since')),
      ),
    }),
    v.description('The scan has ended.'),
  ),
} as const;

export type JournalTopic = keyof typeof JOURNAL_RECORDS;
export type JournalContent<Topic extends JournalTopic> = v.InferOutput<(typeof JOURNAL_RECORDS)[Topic]>;

/** One entry of a journal. */
export type JournalRecord = {
  [Topic in JournalTopic]: {
    topic: Topic;
    /** ms since 1970. */
    time: number;
    content: JournalContent<Topic>;
  };
}[JournalTopic];
