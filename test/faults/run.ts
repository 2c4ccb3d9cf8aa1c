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
import { ROWS } from './rows/rows.ts';
import { runRows } from './rows/run-rows.ts';

/**
 * `npm run faults`: the rows of the table of faults, with what is found and what is wanted; `-- R4 S9` some of them, with `--short` a few times
 * only. `-- kills` the figures of one kind of fault, many times.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
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

const unknown = positionals.filter((name) => !(name in ROWS) && !(name in TABLES));
if (unknown.length > 0) {
  console.error(`expected ${[...Object.keys(ROWS), ...Object.keys(TABLES)].join(', ')}; found ${unknown}`);
  process.exit(2);
}

let failed = false;
const rows = Object.keys(ROWS).filter((name) => positionals.length === 0 || positionals.includes(name));
if (rows.length > 0) {
  console.log('| row | fault | found | wanted | |\n|---|---|---|---|---|');
  const scale = values.short ? 'short' : 'full';
  const { notMet, notRun } = await runRows(rows, scale, Number(values.seed), console.log, console.error);
  const list = (names: string[]) => (names.length > 0 ? names.join(', ') : 'none');
  console.log(`\nnot met: ${list(notMet)}; cannot be run on this machine: ${list(notRun)}`);
  failed = notMet.length > 0;
}

for (const [name, table] of Object.entries(TABLES)) {
  if (!positionals.includes(name)) continue;
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
