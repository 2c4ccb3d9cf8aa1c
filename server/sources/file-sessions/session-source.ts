import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { InputError, pixelCount } from '../../../protocol/index.ts';
import { readJournal } from '../../sessions/journal/journal-reader.ts';
import type { JournalRecord } from '../../sessions/journal/journal-records.ts';
import type { PixelSet, PixelSpan } from '../../sessions/passes/pixel-set.ts';
import { SignalFiles } from '../../sessions/passes/signal-files.ts';
import { intactPatches } from '../../sessions/rescans/intact-patches.ts';
import { holdsCounts, readDescription, type SessionDescription } from '../../sessions/session-description.ts';
import { sessionFiles } from '../../sessions/session-files.ts';
import { sessionLayouts } from '../../sessions/session-layouts.ts';
import { readPass } from '../../sessions/session-reader.ts';
import { ScalarMeans } from '../recording/scalar-means.ts';
import { firstPatches, openingWith } from '../recording/taken-opening.ts';
import type { ScanOpening, Source, SourceEvent } from '../source.ts';
import { withFileRescans } from './file-rescans.ts';
import { sourceCounts } from './source-counts.ts';

export interface ReplayOptions {
  /** Times as fast as it was recorded; `max`: as fast as it goes, in the order of pixels. Default `max`. */
  speed?: number | 'max';
  /** Where the files lie that the session refers to: the one that was opened, or its folder; default where they were, and beside that. */
  source?: string;
  /** Waits for some ms; for tests. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A wait of the recording that is longer than this is cut to it, ms of the replay. */
const LONGEST_WAIT = 30_000;

/**
 * Replays a recorded session from its counts where they lie, as far as they are those that were written: spectra come in the order and
 * at the times that its journal has, divided by `speed`.
 * @throws InputError from `events` when the folder is no session that can be read, or refers to files that are missing or were changed
 */
export function sessionSource(folder: string, options: ReplayOptions = {}): Source {
  return {
    description: `${basename(folder)} (recorded)`,
    async *events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
      const description = await readDescription(folder);
      if (!description) throw new InputError(folder, 'session.json', 'expected in the folder of a session');
      const replay = await Replay.open(folder, description, options.source);
      yield { type: 'scan', opening: replay.opening };
      if (typeof options.speed === 'number')
        yield* replay.paced(options.speed, options.pause ?? defaultPause, signal);
      if (signal.aborted) return;
      yield* replay.rest();
      yield { type: 'end', status: description.status === 'complete' ? 'complete' : 'aborted' };
    },
  };
}

const defaultPause = (ms: number, signal: AbortSignal): Promise<void> =>
  wait(ms, undefined, { signal }).catch(() => {});

/** Where the counts of a session are, and what there is of them. */
interface Counts {
  /** The scan with all of its rescans, as far as they are what was written. */
  opening: ScanOpening;
  /** Pixels of each pass. */
  passes: PixelSet[];
  signals: { name: string; values: (Float32Array | undefined)[] }[];
}

async function ownCounts(
  folder: string,
  description: SessionDescription,
  source: string | undefined,
): Promise<Counts> {
  const files = sessionFiles(folder);
  const pixels = pixelCount(description.scan);
  const numbers = Array.from({ length: description.passes }, (_, pass) => pass);
  const passes: PixelSet[] = [];
  for (const pass of numbers) passes.push((await readPass(folder, description, pass)).present);
  const signals: Counts['signals'] = [];
  for (const { name, file } of description.signals) {
    const values: (Float32Array | undefined)[] = [];
    for (const pass of numbers)
      values.push(await new SignalFiles(() => files.signal(file, pass), pixels).read(0));
    signals.push({ name, values });
  }
  const layouts = sessionLayouts(folder, description.scan, Math.max(description.passes, 1));
  const { patches } = await intactPatches(folder, description);
  const opening = openingWith(folder, description, layouts, patches);
  return { opening: await withThose(opening, folder, description, source), passes, signals };
}

async function countsInFiles(
  folder: string,
  description: SessionDescription,
  source: string | undefined,
): Promise<Counts> {
  const { core, lowLoss, passes, signals } = await sourceCounts(folder, description, source);
  const opening = { scan: description.scan, core, ...(lowLoss && { lowLoss }) };
  return { opening: await withThose(opening, folder, description, source), passes, signals };
}

/** With the rescans that were added from files of their own. */
async function withThose(
  opening: ScanOpening,
  folder: string,
  { fileRescans = [] }: SessionDescription,
  source: string | undefined,
): Promise<ScanOpening> {
  if (fileRescans.length === 0) return opening;
  const elsewhere = source === undefined ? undefined : await folderOf(source);
  return { ...opening, ...(await withFileRescans(opening, folder, fileRescans, elsewhere)) };
}

/** Of a file, or itself. */
const folderOf = async (path: string): Promise<string> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ? path : dirname(path);

/** What a session holds and has not been reported yet. */
class Replay {
  readonly opening: ScanOpening;
  readonly #passes: PixelSet[];
  readonly #reported: Uint8Array[];
  readonly #signals: { name: string; means: ScalarMeans; values: (Float32Array | undefined)[] }[];
  readonly #records: JournalRecord[];
  /** With all rescans. */
  readonly #whole: ScanOpening;
  /** Patches of rescans that were told of. */
  #added = 0;

  private constructor(
    { scan }: SessionDescription,
    { opening, passes, signals }: Counts,
    records: JournalRecord[],
  ) {
    const pixels = pixelCount(scan);
    this.#whole = opening;
    this.opening = firstPatches(opening, 0);
    this.#passes = passes;
    this.#reported = passes.map(() => new Uint8Array(pixels));
    this.#signals = signals.map((each) => ({ ...each, means: new ScalarMeans(pixels) }));
    this.#records = records;
  }

  static async open(
    folder: string,
    description: SessionDescription,
    source: string | undefined,
  ): Promise<Replay> {
    const counts = holdsCounts(description)
      ? await ownCounts(folder, description, source)
      : await countsInFiles(folder, description, source);
    const { records } = await readJournal(sessionFiles(folder).journal);
    return new Replay(description, counts, records);
  }

  /** The journal's arrivals at their times. */
  async *paced(
    speed: number,
    pause: (ms: number, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): AsyncGenerator<SourceEvent> {
    let before: number | undefined;
    for (const { topic, time, content } of this.#records) {
      if (topic !== 'arrivals' && topic !== 'stalled' && topic !== 'rescan') continue;
      const ms = Math.min(Math.max((time - (before ?? time)) / speed, 0), LONGEST_WAIT);
      before = time;
      if (ms > 0) await pause(ms, signal);
      if (signal.aborted) return;
      if (topic === 'stalled') yield { type: 'stalled' };
      else if (topic === 'rescan') yield* this.#add(content.patches ?? 0);
      else for (const [first, end] of content.pixels) yield* this.#report(content.pass, { first, end });
    }
  }

  /** Everything else, in the order of pixels: what the journal does not know of. */
  *rest(): Generator<SourceEvent> {
    for (const [pass, present] of this.#passes.entries())
      for (const span of present.spans()) yield* this.#report(pass, span);
    yield* this.#add(Number.POSITIVE_INFINITY);
  }

  /** Rescans join the scan, until there are so many patches of them. */
  *#add(patches: number): Generator<SourceEvent> {
    const count = Math.min(patches, this.#whole.core.patches?.length ?? 0);
    if (count <= this.#added) return;
    this.#added = count;
    yield { type: 'rescan', opening: firstPatches(this.#whole, count) };
  }

  *#report(pass: number, span: PixelSpan): Generator<SourceEvent> {
    const present = this.#passes[pass];
    const reported = this.#reported[pass];
    if (!present) return;
    const isDue = (pixel: number) => present.has(pixel) && !reported[pixel];
    const last = Math.min(span.end, present.size);
    for (let first = span.first; first < last; ) {
      let end = first;
      while (end < last && isDue(end)) end++;
      if (end > first) {
        reported.fill(1, first, end);
        yield { type: 'measured', first, count: end - first, pass };
        for (const { name, means, values } of this.#signals) {
          const own = values[pass]?.subarray(first, end);
          if (own && !own.every(Number.isNaN))
            yield { type: 'channel', name, first, values: means.add(first, own) };
        }
      }
      first = Math.max(end, first + 1);
    }
  }
}
