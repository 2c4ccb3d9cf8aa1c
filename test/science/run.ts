import { backgroundStudy } from './background.ts';
import { classesStudy } from './classes.ts';
import { namesStudy } from './names.ts';
import { offlineStudy } from './offline.ts';
import { spatialNullStudy } from './spatial-null.ts';

/** Studies by name; `npm run science` runs them all, `npm run science -- offline` one. */
const STUDIES: Record<string, () => Promise<void>> = {
  background: backgroundStudy,
  classes: classesStudy,
  names: namesStudy,
  offline: offlineStudy,
  'spatial-null': spatialNullStudy,
};

const asked = process.argv.slice(2);
for (const [name, study] of Object.entries(STUDIES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n== ${name} ==\n`);
  await study();
}
