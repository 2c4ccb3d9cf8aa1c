import { InputError } from '../../../protocol/index.ts';
import type { ScanOrder } from '../scan-order.ts';
import type { AcquisitionHeader } from './mib-header.ts';

/**
 * Rows and columns of a scan whose frames are numbered through: those that are given, else `ScanX` and `ScanY`, else rows of as many frames
 * as one trigger starts. Frames of a trigger beyond a row's pixels are its fly-back.
 * @param place the header, for messages
 * @throws InputError when the numbers do not fit each other, or say nothing of rows
 */
export function frameOrder(
  given: [number, number] | undefined,
  header: AcquisitionHeader,
  place: string,
): ScanOrder {
  const { frames, framesPerTrigger: perTrigger, scanX, scanY } = header;
  const shape =
    given ?? (scanX !== undefined && scanY !== undefined ? ([scanY, scanX] as [number, number]) : undefined);
  if (shape) {
    const [rows, columns] = shape;
    if (frames === undefined || frames === rows * columns)
      return { shape, order: 'raster', flybackColumns: 0 };
    const flybackColumns = (perTrigger ?? 0) - columns;
    if (flybackColumns > 0 && rows * (columns + flybackColumns) === frames)
      return { shape, order: 'raster', flybackColumns };
    throw new InputError(
      place,
      given ? 'shape' : 'ScanX, ScanY',
      `expected rows and columns that make ${frames} frames (${perTrigger ?? 'any number of them'} a trigger), found ${rows} × ${columns}${given ? '' : '; --shape y,x puts others in their place'}`,
    );
  }
  if (
    frames !== undefined &&
    perTrigger !== undefined &&
    perTrigger > 1 &&
    perTrigger < frames &&
    frames % perTrigger === 0
  )
    return { shape: [frames / perTrigger, perTrigger], order: 'raster', flybackColumns: 0 };
  throw new InputError(
    place,
    'shape',
    `expected ScanX and ScanY, or a trigger for each row, found ${frames === undefined ? 'no number of frames' : `${frames} frames`}, ${perTrigger ?? 'any number'} a trigger; --shape y,x says how many rows and columns there are`,
  );
}
