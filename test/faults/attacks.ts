import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { quantile } from '../bench/quantile.ts';
import { CliRun } from '../support/cli.ts';
import { type Attack, floods } from './floods.ts';
import { HealthyClients } from './healthy-clients.ts';

export interface AttackFigures {
  /** Of what pages, scripts and a producer asked meanwhile. */
  p50Ms: number;
  p99Ms: number;
  /** Questions that were not answered. */
  lost: number;
  /** Processor time that the monitor took, s. */
  cpuSeconds: number;
  /** MiB that the monitor grew by at most. */
  grownMb: number;
  /** Connections that were closed, of those that attacked. */
  closed: number;
  opened: number;
}

const ATTACKER = new URL('attacker.ts', import.meta.url).pathname;
const round = (value: number) => Math.round(10 * value) / 10;

/** A monitor of the built program that listens on a free port of loopback. */
export async function startVictim(args: string[] = []): Promise<{ run: CliRun; url: string; port: number }> {
  const run = new CliRun(['listen', '--port', '0', '--json', '--no-record', ...args]);
  const serving = await run.event(({ event }) => event === 'serving');
  const url = new URL(String(serving['url']));
  return { run, url: url.origin, port: Number(url.port) };
}

/** Attacks a monitor in every way of `floods.ts` in turn while others use it. */
export async function attackMonitor(seconds: number, names = Object.keys(floods)) {
  const figures: Record<string, AttackFigures> = {};
  const { run, url, port } = await startVictim();
  try {
    for (const name of names) {
      const stop = new AbortController();
      resetPeak(run);
      const before = run.rssMb();
      const cpu = run.cpuSeconds();
      const healthy = await HealthyClients.join(url);
      const asking = healthy.ask(stop.signal);
      const attacker = await startAttacker(name, port);
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
      stop.abort();
      await asking;
      const { opened, closed } = await attacker.stop();
      const { lags, lost } = healthy;
      figures[name] = {
        p50Ms: round(quantile(lags, 0.5)),
        p99Ms: round(quantile(lags, 0.99)),
        lost,
        cpuSeconds: round(run.cpuSeconds() - cpu),
        grownMb: round(run.peakRssMb() - before),
        opened,
        closed,
      };
    }
    if (run.child.exitCode !== null) throw new Error(`the monitor has ended: ${run.stderr}`);
  } finally {
    run.child.kill('SIGKILL');
    await once(run.child, 'close').catch(() => {});
  }
  return figures;
}

async function startAttacker(name: string, port: number): Promise<{ stop(): Promise<Attack> }> {
  const args = ['--import', 'tsx', ATTACKER, name, String(port)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  return {
    async stop() {
      const last = once(lines, 'line');
      child.stdin.end('stop\n');
      const [text] = await last;
      return JSON.parse(String(text)) as Attack;
    },
  };
}

/** Forgets the most memory that was held so far; Linux only. */
function resetPeak({ child }: CliRun): void {
  writeFileSync(`/proc/${child.pid}/clear_refs`, '5');
}
