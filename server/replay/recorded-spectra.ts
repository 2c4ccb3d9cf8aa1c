import { InputError, type PixelSpectrum, pixelCount, type ScanMessage } from '../../protocol/index.ts';
import { coverByRescans } from '../formats/reading/cover-by-rescans.ts';
import type { LiveCubes, LiveLayer } from '../pipeline/live-state.ts';
import { ScanReader } from '../pipeline/scan-reader.ts';
import { holdsCounts, type SessionDescription } from '../sessions/session-description.ts';
import { type SessionLayouts, sessionLayouts, withPatches } from '../sessions/session-layouts.ts';
import { withFileRescans } from '../sources/file-sessions/file-rescans.ts';
import { sourceCounts } from '../sources/file-sessions/source-counts.ts';
import type { MeasuredTimes } from './measured-times.ts';
import type { PictureReader } from './picture-reader.ts';
import type { ShownHistory } from './shown-history.ts';
import { decodeModel, type RecordedModel } from './shown-model.ts';

/** Models that are kept once they were read. */
const MOST_MODELS = 32;

interface Counts {
  layouts: SessionLayouts;
  reader: ScanReader;
}

/** Spectra of a recorded scan, read from its counts where they lie and shown with the models that they were shown with. */
export class RecordedSpectra {
  readonly #folder: string;
  readonly #description: SessionDescription;
  readonly #history: ShownHistory;
  readonly #measured: MeasuredTimes;
  readonly #reader: PictureReader;
  readonly #shifts: Float32Array;
  readonly #open: (patches: number) => Promise<Counts>;
  /** By how many rescans had been added. */
  readonly #counts = new Map<number, Promise<Counts>>();
  readonly #models = new Map<number, Promise<RecordedModel | undefined>>();

  constructor(
    folder: string,
    description: SessionDescription,
    history: ShownHistory,
    measured: MeasuredTimes,
    reader: PictureReader,
  ) {
    this.#folder = folder;
    this.#description = description;
    this.#history = history;
    this.#measured = measured;
    this.#reader = reader;
    this.#shifts = new Float32Array(pixelCount(description.scan)).fill(Number.NaN);
    this.#open = async (patches) => {
      const layouts = await countsOf(folder, description, patches);
      return { layouts, reader: new ScanReader(layouts, this.#shifts) };
    };
  }

  /**
   * One pixel as it was shown at a moment.
   * @throws InputError when there is no such pixel, or the counts cannot be read
   */
  async view(
    pixel: number,
    { scan, edges, epoch }: ScanMessage,
    layers: readonly LiveLayer[],
    moment: number,
  ): Promise<PixelSpectrum> {
    const pixels = pixelCount(scan);
    if (!(Number.isInteger(pixel) && pixel >= 0 && pixel < pixels))
      throw new InputError('spectrum', 'pixel', `expected 0 to ${pixels - 1}, found ${pixel}`);
    const measured = new Uint8Array(pixels);
    measured[pixel] = this.#measured.passesAt(pixel, moment);
    const patches = this.#history.patchesAt(moment);
    const { reader: counts, layouts } = await this.#reading(patches);
    coverByRescans(measured, layouts.core);
    const shown = [];
    for (const edge of edges) {
      const recorded = await this.#modelOf(edge.name, moment);
      const labels = layers.find(({ layer }) => layer.kind === 'labels' && layer.edge === edge.name)?.data;
      if (!recorded || !labels) continue;
      this.#align(counts, recorded);
      shown.push({ edge, maps: { labels }, model: recorded.model });
    }
    return counts.view(pixel, { scan, epoch, measured, edges: shown });
  }

  /** The counts, and which were there at a moment; undefined where they lie in other files, which have to be found first. */
  cubes(moment: number): LiveCubes | undefined {
    const { scan } = this.#description;
    if (!holdsCounts(this.#description) || this.#description.fileRescans) return undefined;
    const complete = new Uint8Array(pixelCount(scan));
    for (let pixel = 0; pixel < complete.length; pixel++)
      complete[pixel] = this.#measured.passesAt(pixel, moment);
    const layouts = ownLayouts(this.#folder, this.#description, this.#history.patchesAt(moment));
    coverByRescans(complete, layouts.core);
    return { ...layouts, energy: scan.energy, passes: complete };
  }

  async close(): Promise<void> {
    for (const opened of this.#counts.values())
      await opened.then(
        ({ reader }) => reader.close(),
        () => {},
      );
  }

  /** Opened when the first spectrum is asked for: the maps are shown without counts, too. */
  #reading(patches: number): Promise<Counts> {
    const known = this.#counts.get(patches);
    if (known) return known;
    const opened = this.#open(patches).catch((error: unknown) => {
      this.#counts.delete(patches);
      throw error;
    });
    this.#counts.set(patches, opened);
    return opened;
  }

  /** Spectra are moved and mended as they were for the model. */
  #align(counts: ScanReader, { alignment, shifts }: RecordedModel): void {
    if (!alignment || counts.alignment === alignment) return;
    this.#shifts.fill(Number.NaN);
    if (shifts) this.#shifts.set(shifts);
    counts.align(alignment);
  }

  async #modelOf(edge: string, moment: number): Promise<RecordedModel | undefined> {
    const found = this.#history.modelAt(edge, moment);
    if (!found) return undefined;
    const known = this.#models.get(found.at);
    if (known) return known;
    if (this.#models.size >= MOST_MODELS) this.#models.clear();
    // Without it the counts are shown by themselves.
    const read = this.#reader.part(found).then((bytes) => bytes && decodeModel(bytes));
    this.#models.set(found.at, read);
    return read;
  }
}

/**
 * Where the counts of a session lie: in it, or in the files that it refers to.
 * @param count of patches that rescans had brought
 */
async function countsOf(
  folder: string,
  description: SessionDescription,
  count: number,
): Promise<SessionLayouts> {
  const { fileRescans = [] } = description;
  if (holdsCounts(description) && fileRescans.length === 0) return ownLayouts(folder, description, count);
  const scan = holdsCounts(description)
    ? ownLayouts(folder, description, 0)
    : await sourceCounts(folder, description);
  const { core, lowLoss } = await withFileRescans(scan, folder, fileRescans.slice(0, count));
  return { core, ...(lowLoss && { lowLoss }) };
}

/** @param count of patches that rescans had brought */
function ownLayouts(folder: string, description: SessionDescription, count: number): SessionLayouts {
  const { scan, passes, patches = [] } = description;
  const layouts = sessionLayouts(folder, scan, Math.max(passes, 1));
  return withPatches(layouts, folder, description, patches.slice(0, count));
}
