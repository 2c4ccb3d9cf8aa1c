import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PixelSet } from '../../../../server/sessions/passes/pixel-set.ts';
import { type RowSpan, rowsLeft, wholeRows } from '../../../../server/sessions/rescans/rescan-rows.ts';

const [ROWS, COLUMNS] = [7, 3];
const rescan = (finer: number) => ({
  scan: { shape: [ROWS * finer, COLUMNS * finer] } as never,
  finer,
});
const listed = (spans: readonly RowSpan[]) =>
  spans.flatMap(([first, end]) => Array.from({ length: end - first }, (_, i) => first + i));

it('rows are whole where every pixel of them is there, finer ones included', () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 2 }),
    fc.infiniteStream(fc.nat(9)),
    (finer, chance) => {
      const pixels = ROWS * COLUMNS * finer ** 2;
      const set = new PixelSet(pixels);
      for (let pixel = 0; pixel < pixels; pixel++)
        if (Number(chance.next().value) > 0) set.add({ first: pixel, end: pixel + 1 });
      const perRow = pixels / ROWS;
      const expected = Array.from({ length: ROWS }, (_, row) => row).filter((row) =>
        Array.from({ length: perRow }, (_, i) => row * perRow + i).every((pixel) => set.has(pixel)),
      );
      expect(listed(wholeRows(rescan(finer), set.spans()))).toEqual(expected);
    },
  );
  fc.assert(property);
});

it('rows that were added are not added again', () => {
  const span = fc
    .tuple(fc.nat(ROWS), fc.nat(ROWS))
    .map(([a, b]): RowSpan => [Math.min(a, b), Math.max(a, b)]);
  const property = fc.property(
    fc.array(span, { maxLength: 3 }),
    fc.array(span, { maxLength: 3 }),
    (rows, added) => {
      const patches = [
        ...added.map((each) => ({ rescan: 'rescan-1', rows: each })),
        { rescan: 'rescan-2', rows: [0, ROWS] as RowSpan },
      ];
      const expected = listed(rows).filter((row) => !listed(added).includes(row));
      expect(listed(rowsLeft(rows, 'rescan-1', patches))).toEqual(expected);
    },
  );
  fc.assert(property);
});
