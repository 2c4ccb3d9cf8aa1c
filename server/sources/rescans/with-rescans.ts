import { type Edge, InputError, pixelCount } from '../../../protocol/index.ts';
import type { OpenOptions, ScanFile } from '../../formats/format.ts';
import { cover } from '../../formats/reading/exposure.ts';
import { openWholeScan } from '../../formats/unpacking/unpack-all.ts';
import { type RescanPlace, takeRescan } from '../../rescans/take-rescan.ts';
import type { ScanOpening, Source, SourceEvent } from '../source.ts';

/** A file that holds a rescan, and where it lies in the scan. */
export interface RescanFile extends RescanPlace {
  path: string;
}

export interface RescansOptions {
  /** What the user knows better than the file of the scan, and of the rescans. */
  open: Pick<OpenOptions, 'energy' | 'rows'>;
  /** A rescan that cannot be added is thrown as InputError; otherwise it is said in an alert, and the scan goes on without it. */
  strict: boolean;
  /** Those that are analysed: samples that are cut off elsewhere do not matter. */
  edges: readonly Edge[];
}

/**
 * The scan of another source, with rescans from files: they join it when all of it is measured, so that they can be
 * registered. Those of one scan: where the source reports another, they stay with the first.
 * @throws InputError from `events` when a file cannot be opened
 */
export function withRescans(source: Source, rescans: readonly RescanFile[], options: RescansOptions): Source {
  if (rescans.length === 0) return source;
  return {
    description: source.description,
    async *events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
      const files: { rescan: RescanFile; file: ScanFile }[] = [];
      // Rows and columns of a scan are not those of its rescans.
      const { energy, rows } = options.open;
      const open = { ...(energy && { energy }), ...(rows && { rows }) };
      for (const rescan of rescans) files.push({ rescan, file: await openWholeScan(rescan.path, open) });
      let opening: ScanOpening | undefined;
      let measured = new Uint8Array(0);
      let joined = false;
      for await (const event of source.events(signal)) {
        if (event.type === 'scan' && !joined) {
          opening = event.opening;
          measured = new Uint8Array(pixelCount(opening.scan));
        }
        if (event.type === 'pass' && !joined) opening = event.opening;
        if (event.type === 'measured' && !joined) cover(measured, event.first, event.count, event.pass);
        if (event.type === 'end' && !event.rewritten && opening && !joined) {
          joined = true;
          for (const { rescan, file } of files) {
            const found = await joinedBy(opening, measured, rescan, file, options);
            if (found.type === 'rescan') opening = found.opening;
            yield found;
          }
        }
        // The source that goes on to report the scan knows nothing of its rescans.
        yield (event.type === 'pass' || event.type === 'moved') && joined && opening
          ? { ...event, opening: withThose(event.opening, opening) }
          : event;
      }
    },
  };
}

async function joinedBy(
  opening: ScanOpening,
  measured: Uint8Array,
  { path, ...place }: RescanFile,
  file: ScanFile,
  { strict, edges }: RescansOptions,
): Promise<Extract<SourceEvent, { type: 'rescan' | 'alert' }>> {
  try {
    const { patch, taken } = await takeRescan({ ...opening, measured }, file, place, path, edges);
    const { core, lowLoss } = opening;
    const ofLowLoss = file.lowLoss && lowLoss?.channels === file.lowLoss.channels ? file.lowLoss : undefined;
    return {
      type: 'rescan',
      opening: {
        ...opening,
        core: { ...core, patches: [...(core.patches ?? []), patch] },
        ...(lowLoss && {
          lowLoss: ofLowLoss
            ? { ...lowLoss, patches: [...(lowLoss.patches ?? []), { ...patch, cube: ofLowLoss }] }
            : lowLoss,
        }),
        rescans: [...(opening.rescans ?? []), taken],
      },
    };
  } catch (error) {
    if (strict || !(error instanceof InputError)) throw error;
    const id = `${opening.scan.id}/rescan/${path}`;
    return { type: 'alert', alert: { id, severity: 'error', message: error.message } };
  }
}

const withThose = (of: ScanOpening, { core, lowLoss, rescans }: ScanOpening): ScanOpening => ({
  ...of,
  core: { ...of.core, ...(core.patches && { patches: core.patches }) },
  ...(of.lowLoss && { lowLoss: { ...of.lowLoss, ...(lowLoss?.patches && { patches: lowLoss.patches }) } }),
  ...(rescans && { rescans }),
});
