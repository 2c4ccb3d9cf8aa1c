import { expect, it } from 'vitest';
import { analysisGiven } from '../../../server/commands/analysis-options.ts';
import { checkOptions } from '../../../server/config.ts';

it('options are recorded that results depend on, and none about what is printed or served', () => {
  const given = { classes: '3', seed: '2', json: true, 'log-level': 'info', port: '0', record: 'folder' };
  expect(analysisGiven(checkOptions(given))).toEqual({ classes: '3', seed: '2' });
});
