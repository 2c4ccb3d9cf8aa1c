/** Scans for maps.py, as the tests write them: `EELWATCH_DATA=… npx tsx test/oracle/write-cubes.ts <folder>`. */
import { mkdir } from 'node:fs/promises';
import { writeDemonstration } from '../support/demonstration-cube.ts';
import { LINE_SCANS, writeLineScan } from '../support/line-scans.ts';
import { writeOrganicMixtures } from '../support/organic-mixtures.ts';

const [folder] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
await writeDemonstration(folder);
for (const name of LINE_SCANS) await writeLineScan(folder, name);
await writeOrganicMixtures(folder);
