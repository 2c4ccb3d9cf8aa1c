import { parseArgs } from 'node:util';
import { damageSessions } from './damaged-sessions.ts';
import { floodFolder } from './flooded-folder.ts';
import { killMonitors } from './killed-monitors.ts';
import { killRescans } from './killed-rescans.ts';
import { killWatchers } from './killed-watchers.ts';

/** `npm run faults`: what is lost when files are damaged and the program is killed, many times; `-- kills` one of the tables. */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    cuts: { type: 'string', default: '1000' },
    flips: { type: 'string', default: '400' },
    kills: { type: 'string', default: '200' },
    watched: { type: 'string', default: '100' },
    rescans: { type: 'string', default: '100' },
    flood: { type: 'string', default: '10000' },
  },
});

const TABLES: Record<string, (seed: number) => Promise<object>> = {
  cuts: (seed) => damageSessions('cut', Number(values.cuts), seed),
  flips: (seed) => damageSessions('flip', Number(values.flips), seed),
  kills: (seed) => killMonitors(Number(values.kills), seed),
  watched: (seed) => killWatchers(Number(values.watched), seed),
  rescans: (seed) => killRescans(Number(values.rescans), seed),
  flood: () => floodFolder(Number(values.flood)),
};

let failed = false;
for (const [name, table] of Object.entries(TABLES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const figures = await table(Number(values.seed));
  console.log(
    `${name}: ${Object.entries(figures)
      .map(([figure, value]) => `${figure} ${value}`)
      .join(', ')}`,
  );
  const {
    wrong = 0,
    incomplete = 0,
    lost = 0,
    lostSynced = 0,
    surplus = 0,
    different = 0,
  } = figures as Record<string, number>;
  failed ||= wrong + incomplete + lost + lostSynced + surplus + different > 0;
}
process.exitCode = failed ? 1 : 0;
