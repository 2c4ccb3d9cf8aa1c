import { expect, it } from 'vitest';
import { analysisGiven, analysisOptions, fileOptions } from '../../../server/commands/analysis-options.ts';
import { checkOptions, parseCommandLine } from '../../../server/config.ts';
import { PLAN_DEFAULTS } from '../../../server/pipeline/planner/plan-options.ts';

it('options are recorded that results depend on, and none about what is printed or served', () => {
  const given = { classes: '3', seed: '2', json: true, 'log-level': 'info', port: '0', record: 'folder' };
  expect(analysisGiven(checkOptions(given))).toEqual({ classes: '3', seed: '2' });
  expect(analysisGiven(checkOptions({ depth: '0', 'follow-links': true }))).toEqual({});
  // With another budget a session has other results.
  expect(analysisGiven(checkOptions({ budget: '10%', 'auto-accept': true }))).toEqual({ budget: '10%' });
});

const planOf = (given: Record<string, unknown>, live: boolean) =>
  analysisOptions(checkOptions(given), live, () => {}).plan;

it('monitors plan by themselves, analyses where a budget is given', () => {
  expect(planOf({}, true)).toEqual(PLAN_DEFAULTS);
  expect(planOf({}, false)).toBeUndefined();
  expect(planOf({ 'beam-current': '50' }, false)).toBeUndefined();
  expect(
    planOf(
      {
        budget: '30s',
        'dose-limit': '4e3',
        'beam-current': '50',
        'flyback-time': '.01',
        'setup-time': '0',
        'auto-accept': true,
      },
      false,
    ),
  ).toEqual({
    request: { ...PLAN_DEFAULTS.request, budget: { unit: 'seconds', value: 30 } },
    doseLimit: 4000,
    beamCurrent: 50,
    flybackSeconds: 0.01,
    setupSeconds: 0,
    autoAccept: true,
    inResults: true,
  });
});

it('what is about plans is refused where nothing is planned, or nothing can be scanned again', () => {
  expect(() => parseCommandLine(['compare', 'a', 'b', '--budget', '5%'])).toThrow('has no option --budget');
  expect(() => parseCommandLine(['analyse', 'a', '--out', 'b', '--auto-accept'])).toThrow(
    'has no option --auto-accept',
  );
  expect(parseCommandLine(['watch', 'a', '--auto-accept', '--budget', '500px'])).toMatchObject({
    options: { 'auto-accept': true, budget: { unit: 'pixels', value: 500 } },
  });
});

it('what is known better than the file goes to whoever opens it', () => {
  const given = { energy: '400,0.25', shape: '2,3', rows: '100:156', image: '2' };
  expect(fileOptions(checkOptions(given))).toEqual({
    energy: { offset: 400, dispersion: 0.25, units: 'eV' },
    shape: [2, 3],
    rows: [100, 156],
    image: 2,
  });
});

it.each(['100', '5:5', '6:5', '-1:5', '1:2:3', 'a:b', ''])('rows "%s" are refused', (rows) => {
  expect(() => checkOptions({ rows })).toThrow(
    `--rows: expected two rows, first:end, counted from 0, the first before the end, found "${rows}"`,
  );
});
