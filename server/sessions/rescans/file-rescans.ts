import * as v from 'valibot';
import {
  GIVEN_ENERGY,
  GIVEN_ROWS,
  type GivenOptions,
  SOURCE_FILE_SCHEMA,
  type SourceFile,
} from '../source-files.ts';
import { REGISTERED_PLACE, type RegisteredPlace } from './registered-place.ts';

/** A rescan that was added to a scan from a file of its own, which stays where it is. */
export interface FileRescanRecord extends RegisteredPlace {
  /** The one that was opened comes first. */
  files: SourceFile[];
  /** What the operator knew better than the file. */
  options: Pick<GivenOptions, 'energy' | 'rows'>;
}

export const FILE_RESCANS_SCHEMA = v.array(
  v.looseObject({
    files: v.pipe(v.array(SOURCE_FILE_SCHEMA), v.minLength(1)),
    options: v.looseObject({ energy: GIVEN_ENERGY, rows: GIVEN_ROWS }),
    ...REGISTERED_PLACE,
  }),
);
