import { BYTES_PER_SAMPLE, InputError } from '../../../protocol/index.ts';
import type { CubeLayout } from '../cube.ts';
import { recordCount } from '../scan-order.ts';

/** @throws InputError naming the figure that cannot be one of a cube */
export function checkLayout(layout: CubeLayout): void {
  const place = layout.paths[0] ?? 'cube';
  const check = (field: string, value: number, least: number) => {
    if (!Number.isSafeInteger(value) || value < least)
      throw new InputError(place, field, `expected a whole number of at least ${least}, found ${value}`);
  };
  check('passes', layout.paths.length, 1);
  check('rows', layout.shape[0], 1);
  check('columns', layout.shape[1], 1);
  check('channels', layout.channels, 1);
  check('offset', layout.byteOffset, 0);
  check('fly-back columns', layout.flybackColumns, 0);
  check(
    'size in bytes',
    layout.byteOffset + recordCount(layout) * layout.channels * BYTES_PER_SAMPLE[layout.dtype],
    1,
  );
  for (const { cube, y, x, dwells } of layout.patches ?? []) {
    checkLayout(cube);
    const rescan = cube.unpackedFrom ?? cube.paths[0];
    if (cube.channels !== layout.channels)
      throw new InputError(
        rescan,
        'channels',
        `expected ${layout.channels} as in the scan it is a rescan of, found ${cube.channels}`,
      );
    for (const [field, value] of Object.entries({ y, x }))
      if (!Number.isSafeInteger(value))
        throw new InputError(rescan, field, `expected a whole number of pixels, found ${value}`);
    if (!(dwells > 0 && Number.isFinite(dwells)))
      throw new InputError(rescan, 'dwells', `expected more than 0, found ${dwells}`);
  }
}
