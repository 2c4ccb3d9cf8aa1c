import { parseArgs } from 'node:util';
import { type AttackFigures, attackMonitor } from './attacks.ts';
import { damageSessions } from './damaged-sessions.ts';
import { floodFolder } from './flooded-folder.ts';
import { fuzzHeaders } from './header-fuzz.ts';
import { killMonitors } from './killed-monitors.ts';
import { killRescans } from './killed-rescans.ts';
import { killWatchers } from './killed-watchers.ts';
import { countDescriptors } from './lost-descriptors.ts';
import { mutateMessages } from './mutated-messages.ts';
import { tryRefusals } from './refusals.ts';

/** `npm run faults`: what is lost when files are damaged and the program is killed, and what broken headers do, many times; `-- kills` one of the tables. */
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
    messages: { type: 'string', default: '100000' },
    guesses: { type: 'string', default: '10000' },
    attacks: { type: 'string', default: '5' },
    headers: { type: 'string', default: '100000' },
    scans: { type: 'string', default: '300' },
  },
});

const TABLES: Record<string, (seed: number) => Promise<object>> = {
  cuts: (seed) => damageSessions('cut', Number(values.cuts), seed),
  flips: (seed) => damageSessions('flip', Number(values.flips), seed),
  kills: (seed) => killMonitors(Number(values.kills), seed),
  watched: (seed) => killWatchers(Number(values.watched), seed),
  rescans: (seed) => killRescans(Number(values.rescans), seed),
  flood: () => floodFolder(Number(values.flood)),
  messages: (seed) => mutateMessages(Number(values.messages), seed),
  refusals: () => tryRefusals(Number(values.guesses)),
  attacks: async () => heldUp(await attackMonitor(Number(values.attacks))),
  headers: (seed) => fuzzHeaders(Number(values.headers), seed, (fault) => console.error(fault)),
  descriptors: (seed) => countDescriptors(Number(values.scans), seed),
};

/** The longest that healthy clients may wait for an answer, p99, beyond what they wait without an attack, ms. */
const MOST_LAG_MS = 100;

/** Prints what each attack did, and counts those that held up others. */
function heldUp(found: Record<string, AttackFigures>): object {
  console.table(found);
  const calm = found['none'].p99Ms;
  const held = Object.values(found).filter(({ p99Ms, lost }) => p99Ms > calm + MOST_LAG_MS || lost > 0);
  return { attacks: Object.keys(found).length, calmP99: calm, heldUp: held.length };
}

/** What opening files may leave behind in memory. */
const MOST_GROWTH_MIB = 32;

/** Figures that have to be 0. */
const FAULTS = [
  ...['wrong', 'incomplete', 'lost', 'lostSynced', 'surplus', 'different', 'crashed', 'hung', 'slow'],
  ...['letIn', 'guessed', 'lockedOut', 'exposed', 'heldUp'],
];

let failed = false;
for (const [name, table] of Object.entries(TABLES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const figures = await table(Number(values.seed));
  console.log(
    `${name}: ${Object.entries(figures)
      .map(([figure, value]) => `${figure} ${value}`)
      .join(', ')}`,
  );
  const named = figures as Record<string, number>;
  failed ||= FAULTS.some((fault) => (named[fault] ?? 0) > 0) || (named.grownMiB ?? 0) > MOST_GROWTH_MIB;
}
process.exitCode = failed ? 1 : 0;
