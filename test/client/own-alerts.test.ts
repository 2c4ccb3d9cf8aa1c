import { expect, test } from 'vitest';
import { LiveModel } from '../../client/model/live/live-model.ts';
import { notDismissed, ownAlerts } from '../../client/model/live/own-alerts.ts';

const NOTHING = { refused: undefined, contextLostAt: undefined, rendererProblem: undefined };

test('a refusal comes back after an earlier one was dismissed, and goes by itself', () => {
  const model = new LiveModel();
  const shown = (now: number, dismissed = new Map<string, number>()) =>
    notDismissed(ownAlerts({ ...NOTHING, refused: model.refused.value }, now), dismissed).map(
      ({ message }) => message,
    );
  model.receive({ type: 'fault', message: 'first' }, 1000);
  expect(shown(1000)).toEqual(['first']);
  const dismissed = new Map([['client/refused', 1000]]);
  expect(shown(1500, dismissed)).toEqual([]);
  model.receive({ type: 'fault', message: 'second' }, 2000);
  expect(shown(2000, dismissed)).toEqual(['second']);
  expect(shown(60_000)).toEqual([]);
});

test('the graphics card is told of each time it is taken away', () => {
  const of = (contextLostAt: number, dismissed: number) =>
    notDismissed(ownAlerts({ ...NOTHING, contextLostAt }, 0), new Map([['client/context', dismissed]]));
  expect(of(5, 5)).toEqual([]);
  expect(of(9, 5)).toHaveLength(1);
});
