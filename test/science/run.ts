import { parseArgs } from 'node:util';
import { backgroundStudy } from './background.ts';
import { classesStudy } from './classes.ts';
import { detectorsStudy } from './detectors.ts';
import { namesStudy } from './names.ts';
import { OFFLINE_DEFAULTS, offlineStudy } from './offline.ts';
import { phasesStudy } from './phases.ts';
import { planStudy } from './plan.ts';
import { registrationStudy } from './registration.ts';
import { spatialNullStudy } from './spatial-null.ts';

/**
 * Studies by name; `npm run science` runs them all, `npm run science -- offline` one. That one takes an hour or two, in
 * parts if need be: `-- offline --seeds 1-3 --sizes 64 --doses default,high --out cases.jsonl`; cases that stand in the
 * file are not run again. `-- detectors --study TITLE` prints one part of that table.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: OFFLINE_DEFAULTS.seeds },
    sizes: { type: 'string', default: OFFLINE_DEFAULTS.sizes },
    doses: { type: 'string', default: OFFLINE_DEFAULTS.doses },
    out: { type: 'string' },
    study: { type: 'string' },
  },
});

const STUDIES: Record<string, () => Promise<void>> = {
  background: backgroundStudy,
  classes: classesStudy,
  detectors: () => detectorsStudy(values.study),
  names: namesStudy,
  offline: () => offlineStudy(values),
  phases: phasesStudy,
  plan: planStudy,
  registration: registrationStudy,
  'spatial-null': spatialNullStudy,
};

for (const [name, study] of Object.entries(STUDIES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n== ${name} ==\n`);
  await study();
}
