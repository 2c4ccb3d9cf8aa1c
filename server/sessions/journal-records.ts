import * as v from 'valibot';

/** Of a millisecond: the unit of times in MCAP. */
export const NANOSECONDS = 1_000_000n;

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.string();
const pixels = v.pipe(whole, v.description('row-major pixel'));

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
  end: v.pipe(
    v.object({
      status: v.picklist(['complete', 'aborted']),
      spectra: v.pipe(whole, v.description('in all passes')),
      missing: v.pipe(whole, v.description('pixels that were measured in no pass')),
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
