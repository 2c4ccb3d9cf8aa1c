import { once } from 'node:events';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { LIVE_SUBPROTOCOL, parseEdges, pixelCount } from '../../protocol/index.ts';
import { startServer } from '../../server/hub/server.ts';
import { simulate } from '../../server/microscope/simulate.ts';
import { watchPath } from '../../server/sources/folders/directory.ts';
import { createMonitor } from '../support/analyse.ts';
import { median } from './median.ts';
import type { Figure } from './run.ts';

const ROUNDS = 5;
const CASES = ['no dashboard', 'four dashboards', 'four, one stopped reading'] as const;

/** How long the analysis of a scan takes that lies ready, with dashboards looking on; cases in turn, medians. */
export async function dashboards(folder: string): Promise<Figure[]> {
  const scans = join(folder, 'looked-at');
  await simulate(scans, { shape: [128, 128], seed: 2, lowLoss: false });
  const path = join(scans, 'simulated-anode.rpl');
  const seconds = new Map<string, number[]>(CASES.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const name of CASES) seconds.get(name)?.push(await placeAll(path, folder, name));
  const alone = median(seconds.get(CASES[0]) ?? []);
  return CASES.map((name) => {
    const value = 128 ** 2 / median(seconds.get(name) ?? []);
    return {
      name: `place 128², ${name}`,
      value,
      unit: 'spectra/s',
      ratio: { of: CASES[0], value: (value * alone) / 128 ** 2 },
    };
  });
}

/** Seconds until every spectrum is placed in the live maps. */
async function placeAll(
  path: string,
  clientDirectory: string,
  name: (typeof CASES)[number],
): Promise<number> {
  const monitor = createMonitor(parseEdges('Si-L,C-K,O-K'), { live: true });
  const server = await startServer({ port: 0, state: monitor, clientDirectory });
  const stop = new AbortController();
  const clients: WebSocket[] = [];
  for (let i = 0; i < (name === 'no dashboard' ? 0 : 4); i++) {
    const client = new WebSocket(`${server.url.replace('http', 'ws')}/live`, LIVE_SUBPROTOCOL);
    await once(client, 'open');
    if (i === 0 && name === 'four, one stopped reading') client.pause();
    clients.push(client);
  }
  const started = performance.now();
  const followed = monitor.follow(watchPath(path, {}), stop.signal);
  while (
    !monitor.run?.edges.every(
      ({ analysed }) => analysed === pixelCount(monitor.run?.scan ?? { shape: [0, 0] }),
    )
  )
    await new Promise((resolve) => setTimeout(resolve, 2));
  const seconds = (performance.now() - started) / 1000;
  stop.abort();
  await followed;
  for (const client of clients) client.terminate();
  await server.close();
  await monitor.close();
  return seconds;
}
