import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetText, InputError, MOST_PLAN_REGIONS, PLAN_TERMS, parseBudget } from '../../protocol/index.ts';
import { parseClientMessage } from '../../protocol/schema.ts';

const asked = (command: unknown) =>
  parseClientMessage(JSON.stringify({ type: 'command', request: 1, command }));

describe('a budget', () => {
  it.each([
    ['25%', { unit: 'percent', value: 25 }, '25 % of the first pass'],
    ['30s', { unit: 'seconds', value: 30 }, '30 s'],
    ['500px', { unit: 'pixels', value: 500 }, '500 pixel-dwells'],
    ['400e/A2', { unit: 'dose', value: 400 }, '400 e/Å²'],
    ['.5 e/Å²', { unit: 'dose', value: 0.5 }, '0.5 e/Å²'],
    [' 12.5 % ', { unit: 'percent', value: 12.5 }, '12.5 % of the first pass'],
  ] as const)('is read as it is written: %s', (text, budget, words) => {
    expect(parseBudget(text)).toEqual(budget);
    expect(budgetText(budget)).toBe(words);
  });

  it.each(['', '25', '%', '-3s', '0s', '5 min', '1e3s', '1..2%', 'NaN%', 'Infinity s'])(
    'is refused in words: "%s"',
    (text) => {
      expect(() => parseBudget(text)).toThrow(InputError);
      expect(() => parseBudget(text)).toThrow(`expected 25% (of the first pass), 30s`);
    },
  );

  it('is a budget or an InputError, whatever is written', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        try {
          expect(parseBudget(text).value).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });
});

describe('commands about the plan', () => {
  const rectangle = { y: 1, x: 2, height: 3, width: 4, dwells: 0.5 };
  const request = { budget: { unit: 'percent', value: 25 }, terms: [...PLAN_TERMS] };

  it('are taken as they are specified', () => {
    for (const command of [
      { type: 'plan', epoch: 1, request },
      { type: 'accept-plan', epoch: 1, rectangles: [rectangle] },
      { type: 'withdraw-plan', epoch: 1 },
    ])
      expect(asked(command)).toEqual({ type: 'command', request: 1, command });
  });

  it.each([
    [{ type: 'plan', epoch: 1, request: { ...request, terms: [] } }, 'expected at least one of classes'],
    [{ type: 'plan', epoch: 1, request: { ...request, terms: ['classes', 'classes'] } }, 'each once'],
    [{ type: 'plan', epoch: 1, request: { ...request, terms: ['beauty'] } }, 'found "beauty"'],
    [{ type: 'plan', epoch: 1, request: { ...request, budget: { unit: 'percent', value: 0 } } }, '>0'],
    [{ type: 'plan', epoch: 1, request: { ...request, budget: { unit: 'euro', value: 1 } } }, '"euro"'],
    [{ type: 'accept-plan', epoch: 1, rectangles: [] }, 'expected 1 to 64 rectangles'],
    [
      { type: 'accept-plan', epoch: 1, rectangles: Array(MOST_PLAN_REGIONS + 1).fill(rectangle) },
      'expected 1 to 64 rectangles',
    ],
    [{ type: 'accept-plan', epoch: 1, rectangles: [{ ...rectangle, dwells: 0 }] }, 'dwells: expected >0'],
    [{ type: 'accept-plan', epoch: 1, rectangles: [{ ...rectangle, dwells: 1001 }] }, '<=1000'],
    [{ type: 'accept-plan', epoch: 1, rectangles: [{ ...rectangle, y: -1 }] }, 'y: expected >=0'],
    [{ type: 'accept-plan', epoch: 1, rectangles: [{ ...rectangle, height: 0 }] }, 'height: expected >=1'],
    [{ type: 'accept-plan', epoch: 1, rectangles: [{ ...rectangle, path: '/' }] }, 'path: expected never'],
  ])('are refused in words: %j', (command, words) => {
    expect(() => asked(command)).toThrow(InputError);
    expect(() => asked(command)).toThrow(words);
  });
});
