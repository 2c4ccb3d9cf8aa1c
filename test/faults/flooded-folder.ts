import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { formatRippleHeader } from '../../server/formats/text/ripple-header.ts';
import { CliRun } from '../support/cli.ts';
import { AXIS, CHANNELS } from '../support/synthetic-cube.ts';

const SHAPE: [number, number] = [4, 4];
/** Looked at for so long after the newest scan is on show, in steps, ms. */
const AFTER = { ms: 6000, stepMs: 500 };

/** Descriptors of threads that plan, export and fit, which come and go. */
const OF_THREADS = 16;

export interface FloodFigures {
  files: number;
  /** 0 where the newest scan is on show in the end, and what is passed over and listed is said with its number; else 1. */
  wrong: number;
  /** Descriptors in the end beyond those of a monitor that has one scan on show, and those of threads that it has not begun then. */
  surplus: number;
  mostDescriptors: number;
  peakRssMb: number;
  alerts: number;
  alertKb: number;
}

/**
 * Has very many scans appear at once in a folder that the real program watches, among links that lead nowhere or outside and files that are
 * cut short, a third each.
 */
export async function floodFolder(files: number): Promise<FloodFigures> {
  const root = mkdtempSync(join(tmpdir(), 'eelwatch-faults-'));
  const data = join(root, 'data');
  mkdirSync(data);
  const monitor = new CliRun(['watch', data, '--port', '0', '--no-record', '--edges', 'Ti-L', '--json']);
  try {
    await monitor.event(({ event }) => event === 'serving');
    writeScan(join(data, 'first'), 1e9);
    await monitor.event(({ status }) => status === 'complete');
    const before = descriptorsOf(monitor);
    for (let index = 0; index < files; index++) {
      writeScan(join(data, `scan-${index}`), 1e9 + 10 + index);
      symlinkSync('/nowhere', join(data, `link-${index}.dm4`));
      writeFileSync(join(data, `cut-${index}.dm4`), new Uint8Array(64 + (index % 7)));
    }
    const says = (words: RegExp) => monitor.events.some(({ message }) => words.test(String(message)));
    const isSaid = () =>
      says(new RegExp(`leads nowhere \\(and ${files - 1} more`)) &&
      says(/dm4: .*expected.* \(and \d{2,} more/) &&
      says(new RegExp(`older than scan-${files - 1}\\.rpl|older than .* \\(and \\d+ more`));
    let [descriptors, most] = [before, before];
    for (
      let ms = 0;
      ms < AFTER.ms || (!isSaid() && ms < 60 * AFTER.stepMs + files * 10);
      ms += AFTER.stepMs
    ) {
      await wait(AFTER.stepMs);
      descriptors = descriptorsOf(monitor);
      most = Math.max(most, descriptors);
    }
    const alerts = monitor.events.filter(({ event }) => event === 'alert');
    const url = String(monitor.events.find(({ event }) => event === 'serving')?.url);
    const status = (await (await fetch(new URL('api/status', url))).json()) as { scan?: { name: string } };
    return {
      files,
      wrong: isSaid() && status.scan?.name === `scan-${files - 1}` ? 0 : 1,
      surplus: Math.max(0, descriptors - before - OF_THREADS),
      mostDescriptors: most,
      peakRssMb: Math.round(monitor.peakRssMb()),
      alerts: alerts.length,
      alertKb: Math.round(alerts.reduce((sum, alert) => sum + JSON.stringify(alert).length, 0) / 1000),
    };
  } finally {
    await monitor.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

function writeScan(stem: string, seconds: number): void {
  // Not all alike, as a file is that is still to be filled.
  const samples = Float32Array.from({ length: 16 * CHANNELS }, (_, index) => 100 + ((index * 7919) % 31));
  writeFileSync(`${stem}.raw`, new Uint8Array(samples.buffer));
  writeFileSync(
    `${stem}.rpl`,
    formatRippleHeader({ shape: SHAPE, channels: CHANNELS, dtype: 'f32', energy: AXIS }),
  );
  for (const suffix of ['raw', 'rpl']) utimesSync(`${stem}.${suffix}`, seconds, seconds);
}

const descriptorsOf = ({ child }: CliRun): number => readdirSync(`/proc/${child.pid}/fd`).length;
