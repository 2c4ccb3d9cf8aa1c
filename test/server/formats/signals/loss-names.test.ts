import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lossName, lossPairs } from '../../../../server/formats/signals/loss-names.ts';

it.each([
  ['EELS Spectrum Image (low-loss)', 'low', 'EELS Spectrum Image', ''],
  ['EELS Spectrum Image (high-loss)', 'core', 'EELS Spectrum Image', ''],
  ['map_LL', 'low', 'map', ''],
  ['map-HL', 'core', 'map', ''],
  ['EELS_LowLoss_03', 'low', 'EELS', '03'],
  ['EELS_CoreLoss_03', 'core', 'EELS', '03'],
  ['low loss 7', 'low', '', '7'],
  ['area 2 core loss', 'core', 'area 2', ''],
  ['ZLP EELS Spectrum Image', 'low', '', 'EELS Spectrum Image'],
  ['x [Low_Loss]', 'low', 'x', ''],
])('%s is told by its name', (name, kind, before, after) => {
  expect(lossName(name)).toEqual({ kind, before, after });
});

it.each(['hall', 'pull-over', 'lowlossless', 'HLA typing', 'Clover', 'scan.low-loss', 'flow loss'])(
  '%s says nothing',
  (name) => {
    expect(lossName(name)).toBeUndefined();
  },
);

it('pairs files of one name and one suffix', () => {
  const pairs = (...names: string[]) => Object.fromEntries(lossPairs(names));
  expect(pairs('a (low-loss).dm4', 'a (high-loss).dm4', 'b (low-loss).dm4')).toEqual({
    'a (high-loss).dm4': 'a (low-loss).dm4',
  });
  expect(pairs('a_LL.dm4', 'a core loss.dm4')).toEqual({ 'a core loss.dm4': 'a_LL.dm4' });
  expect(pairs('a_LL.dm4', 'a.dm4')).toEqual({ 'a.dm4': 'a_LL.dm4' });
  expect(pairs('a_LL_1.dm4', 'a_1.dm4', 'a_2.dm4')).toEqual({ 'a_1.dm4': 'a_LL_1.dm4' });
  // The one that is called core loss comes before the one that is called nothing.
  expect(pairs('a_LL.dm4', 'a.dm4', 'a_HL.dm4')).toEqual({ 'a_HL.dm4': 'a_LL.dm4' });
  expect(pairs('a_LL.dm4', 'a_HL.dm3', 'b_HL.dm4')).toEqual({});
  expect(pairs('low-loss.rpl', 'high-loss.rpl')).toEqual({ 'high-loss.rpl': 'low-loss.rpl' });
  expect(pairs('scan.rpl', 'scan.low-loss.rpl')).toEqual({});
});

it('pairs whatever the rest of the name is, and no file with two', () => {
  const word = fc.constantFrom('low-loss', 'Low Loss', 'LL', '(low-loss)', 'lowloss');
  const other = fc.constantFrom('high-loss', 'Core Loss', 'HL', '(high-loss)');
  const stem = fc.stringMatching(/^[A-Za-z0-9µ]{1,8}( [0-9]{1,3})?$/).filter((text) => !lossName(text));
  const separator = fc.constantFrom(' ', '_', '-');
  fc.assert(
    fc.property(stem, word, other, separator, separator, (name, low, core, a, b) => {
      const files = [`${name}${a}${low}.dm4`, `${name}${b}${core}.dm4`, `${name}9${b}${core}.dm4`];
      const found = lossPairs(files);
      expect([...found]).toEqual([[files[1], files[0]]]);
    }),
  );
});
