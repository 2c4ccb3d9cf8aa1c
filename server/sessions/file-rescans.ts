import * as v from 'valibot';
import type { EnergyAxis } from '../../protocol/index.ts';
import { REGISTERED_PLACE, type RegisteredPlace } from './registered-place.ts';
import { SOURCE_FILE_SCHEMA, type SourceFile } from './source-files.ts';

/** A rescan that was added to a scan from a file of its own, which stays where it is. */
export interface FileRescanRecord extends RegisteredPlace {
  /** The one that was opened comes first. */
  files: SourceFile[];
  /** What the operator knew better than the file. */
  options: { energy?: EnergyAxis };
}

export const FILE_RESCANS_SCHEMA = v.array(
  v.looseObject({
    files: v.pipe(v.array(SOURCE_FILE_SCHEMA), v.minLength(1)),
    options: v.looseObject({
      energy: v.exactOptional(
        v.looseObject({ offset: v.number(), dispersion: v.number(), units: v.literal('eV') }),
      ),
    }),
    ...REGISTERED_PLACE,
  }),
);
