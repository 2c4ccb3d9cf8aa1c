import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { analysis } from './analysis.ts';
import { dashboardFrames } from './dashboard-frames.ts';
import { dashboards } from './dashboards.ts';
import { givenLibraries } from './given-libraries.ts';
import { kernels } from './kernels.ts';
import { live } from './live.ts';
import { plans } from './plan.ts';
import { sessions } from './sessions.ts';
import { spatialTests } from './spatial-test.ts';
import { threads } from './threads.ts';
import { watching } from './watching.ts';

/** One measured figure. Only ratios within one run mean anything on a shared machine. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What it is measured against, in the same run. */
  ratio?: { of: string; value: number };
}

interface SavedRun {
  at: string;
  load: number;
  figures: Figure[];
}

/** Benchmarks by name; `npm run bench` runs them all, `npm run bench -- live` one. */
const BENCHMARKS: Record<string, (folder: string) => Figure[] | Promise<Figure[]>> = {
  'spatial-test': spatialTests,
  libraries: givenLibraries,
  kernels,
  analysis,
  threads,
  dashboards,
  'dashboard-frames': dashboardFrames,
  live,
  watching,
  plan: plans,
  sessions,
};

/** The last figure of every name on this machine, beside which the next run is put. */
const SAVED = new URL('../../.bench/last.json', import.meta.url).pathname;

const asked = process.argv.slice(2);
const machine = `${cpus().length} × ${cpus()[0].model}, Node ${process.version}`;
const folder = await mkdtemp(join(tmpdir(), 'eelwatch-bench-'));
const load = loadavg()[0];
try {
  const saved = await savedRuns();
  const before = new Map(saved[machine]?.figures.map((figure) => [figure.name, figure.value]));
  const figures: Figure[] = [];
  for (const [name, benchmark] of Object.entries(BENCHMARKS))
    if (asked.length === 0 || asked.includes(name)) figures.push(...(await benchmark(folder)));
  print(figures, before);
  const kept = saved[machine]?.figures.filter(({ name }) => !figures.some((figure) => figure.name === name));
  saved[machine] = { at: new Date().toISOString(), load, figures: [...(kept ?? []), ...figures] };
  await mkdir(dirname(SAVED), { recursive: true });
  await writeFile(SAVED, `${JSON.stringify(saved, undefined, 2)}\n`);
  console.log(`\nsaved to ${SAVED}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function savedRuns(): Promise<Record<string, SavedRun>> {
  try {
    return JSON.parse(await readFile(SAVED, 'utf8')) as Record<string, SavedRun>;
  } catch {
    return {};
  }
}

function print(figures: Figure[], before: Map<string, number>): void {
  console.log(
    `\n${machine}, load ${load.toFixed(1)} at the start and ${loadavg()[0].toFixed(1)} at the end\n`,
  );
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const { name, value, unit, ratio } of figures) {
    const last = before.get(name);
    const against = [
      ...(ratio ? [`${ratio.value.toFixed(2)} × ${ratio.of}`] : []),
      ...(last ? [`${(value / last).toFixed(2)} × last run`] : []),
    ].join(', ');
    console.log(`${name.padEnd(width)}  ${value.toPrecision(4).padStart(9)} ${unit.padEnd(9)}  ${against}`);
  }
}
