import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { analysis } from './analysis.ts';
import { dashboards } from './dashboards.ts';
import { spatialTests } from './spatial-test.ts';

/** One measured figure. Only ratios within one run mean anything on a shared machine. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What it is measured against, in the same run. */
  ratio?: { of: string; value: number };
}

const folder = await mkdtemp(join(tmpdir(), 'eelwatch-bench-'));
const load = loadavg()[0];
try {
  const figures: Figure[] = [...spatialTests(), ...(await analysis(folder)), ...(await dashboards(folder))];
  const { model } = cpus()[0];
  console.log(`\n${cpus().length} × ${model}, Node ${process.version}, load at start ${load.toFixed(1)}\n`);
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const { name, value, unit, ratio } of figures) {
    const against = ratio ? `   ${ratio.value.toFixed(2)} × ${ratio.of}` : '';
    console.log(`${name.padEnd(width)}  ${value.toPrecision(4).padStart(9)} ${unit}${against}`);
  }
  const out = process.argv[2];
  if (out)
    await writeFile(
      out,
      `${JSON.stringify({ machine: model, node: process.version, load, figures }, undefined, 2)}\n`,
    );
} finally {
  await rm(folder, { recursive: true, force: true });
}
