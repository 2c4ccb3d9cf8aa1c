import { expect, it } from 'vitest';
import { ROWS } from './rows.ts';
import { runRows } from './run-rows.ts';

// The short form of `npm run faults -- R10 R17`; others have tests of their own beside them.
it('rows of the table of faults are run by name, and met', async () => {
  const lines: string[] = [];
  const ended = await runRows(['R10', 'R17'], 'short', 1, (line) => lines.push(line));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^\| R10 \| .* \| met \|$/);
  expect(ended).toEqual({ notMet: [], notRun: [] });
});

it('the table has every row that is asked for', () => {
  const numbers = (letter: string, ...all: number[]) => all.map((number) => `${letter}${number}`);
  expect(Object.keys(ROWS)).toEqual([
    ...numbers(
      'R',
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      10,
      11,
      12,
      13,
      15,
      16,
      17,
      18,
      19,
      20,
      23,
      24,
      25,
      26,
      27,
      29,
      32,
    ),
    ...numbers('S', 1, 2, 3, 4, 5, 6, 7, 8, 9),
  ]);
});
