import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LinkedView, viewHash, viewOfHash } from '../../client/model/view-address.ts';

test('a link restores map, edge, pin and zoom', () => {
  const view: LinkedView = {
    map: 'Si-L classes',
    edge: 'C-K',
    pin: [12, 30],
    viewport: { centreX: 64.5, centreY: 60, zoom: 2.25 },
  };
  expect(viewHash(view)).toBe('#map=Si-L+classes&edge=C-K&pin=12,30&zoom=64.5,60,2.25');
  expect(viewOfHash(viewHash(view))).toEqual(view);
  expect([viewHash({}), viewOfHash('')]).toEqual(['', {}]);
});

test('what a link says wrongly is left out', () => {
  expect(viewOfHash('#map=HAADF&pin=1&zoom=1,2,x')).toEqual({ map: 'HAADF' });
  expect(viewOfHash('#zoom=1,2,0.1&pin=a,b')).toEqual({});
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => viewOfHash(text)).not.toThrow();
    }),
  );
});
