import fc from 'fast-check';
import { expect, test } from 'vitest';
import { onShelves } from '../../client/geometry/shelves.ts';

const size = fc.record({ width: fc.integer({ min: 1, max: 700 }), height: fc.integer({ min: 1, max: 700 }) });

test('pictures lie beside one another on the sheet, as many as fit', () => {
  fc.assert(
    fc.property(fc.array(size, { minLength: 1, maxLength: 20 }), (sizes) => {
      const { places, sheet } = onShelves(sizes, 512, 1500);
      expect(places.length).toBeGreaterThan(0);
      expect(sheet.height).toBeLessThanOrEqual(1500);
      places.forEach((a, i) => {
        expect(a.x + sizes[i].width).toBeLessThanOrEqual(sheet.width);
        expect(a.y + sizes[i].height).toBeLessThanOrEqual(sheet.height);
        places.slice(0, i).forEach((b, j) => {
          const apart =
            a.x >= b.x + sizes[j].width ||
            b.x >= a.x + sizes[i].width ||
            a.y >= b.y + sizes[j].height ||
            b.y >= a.y + sizes[i].height;
          expect(apart).toBe(true);
        });
      });
    }),
  );
});
