import { once } from 'node:events';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { InputError } from '../../../protocol/index.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { encodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { formatRippleHeader } from '../../../server/formats/text/ripple-header.ts';
import { CliRun } from '../../support/cli.ts';
import { attackMonitor, startVictim } from '../attacks.ts';
import { openRaw, requestText } from '../raw-socket.ts';
import { type RefusalFigures, tryRefusals } from '../refusals.ts';
import { type FaultRow, found } from './outcome.ts';
import { inFolder } from './temporary-folder.ts';
import { EDGES, HEADER } from './undisturbed.ts';

const tried = new Map<string, Promise<RefusalFigures>>();

/** All attempts to get in are made once, for four rows. */
const refusals = (scale: string): Promise<RefusalFigures> => {
  const figures = tried.get(scale) ?? tryRefusals(scale === 'full' ? 10_000 : 80);
  tried.set(scale, figures);
  return figures;
};

/** S1 and S2. */
export const otherOrigins: FaultRow = {
  fault: 'WebSocket from another origin',
  wanted: 'all refused',
  async run(scale) {
    const { origins, letIn } = await refusals(scale);
    return found(letIn === 0, `${origins} tried, ${letIn} let in`);
  },
};
export const otherHosts: FaultRow = {
  fault: 'monitor addressed by another name (DNS rebinding)',
  wanted: '403',
  async run(scale) {
    const { hosts, letIn } = await refusals(scale);
    return found(letIn === 0, `${hosts} tried, ${letIn} let in`);
  },
};

/** S3. */
export const wrongTokens: FaultRow = {
  fault: 'wrong tokens',
  wanted: '0 accepted; times cannot be told apart (p > 0.01)',
  async run(scale) {
    const { guesses, guessed, lockedOut, timingP } = await refusals(scale);
    return found(
      guessed === 0 && lockedOut === 0 && (scale === 'short' || timingP > 0.01),
      `${guesses} guesses, ${guessed} accepted, p = ${timingP}, right token refused ${lockedOut} times`,
    );
  },
};

/** S4. */
export const bareAddress: FaultRow = {
  fault: 'address other than loopback',
  wanted: 'loopback alone; no start without a token',
  async run(scale) {
    const { exposed } = await refusals(scale);
    return found(exposed === 0, `${exposed} exposed`);
  },
};

/** S5. */
export const floodedSockets: FaultRow = {
  fault: 'floods of messages, fragments, pings, slow headers',
  wanted: 'healthy clients p99 ≤ 100 ms more, none lost; memory + ≤ 32 MiB',
  async run(scale) {
    const names = scale === 'full' ? undefined : ['none', 'live fragments'];
    const figures = await attackMonitor(scale === 'full' ? 5 : 0.5, names);
    const calm = figures['none'].p99Ms;
    const all = Object.entries(figures).filter(([name]) => name !== 'none');
    const worst = (value: (each: (typeof all)[number][1]) => number) =>
      all.reduce((most, each) => (value(each[1]) > value(most[1]) ? each : most));
    const [slow, large] = [worst(({ p99Ms }) => p99Ms), worst(({ grownMb }) => grownMb)];
    const lost = all.reduce((sum, [, each]) => sum + each.lost, 0);
    const isFast = scale === 'short' || slow[1].p99Ms <= calm + 100;
    return found(
      isFast && lost === 0 && (scale === 'short' || large[1].grownMb <= 32),
      `${all.length} floods: p99 ${slow[1].p99Ms} ms (${slow[0]}; ${calm} without), ${lost} lost, memory + ${large[1].grownMb} MB (${large[0]})`,
    );
  },
};

const SECRET = 'nobody outside may read this';
const CLIMBS = [
  ...[
    '/../secret',
    '/..%2fsecret',
    '/%2e%2e/secret',
    '/%252e%252e%252fsecret',
    '/..%5csecret',
    '/%00/../secret',
  ],
  ...[
    '//etc/passwd',
    '/api/layers/..%2f..%2fsecret.npy',
    '/api/export/..%2fsecret',
    '/assets/../../../../etc/passwd',
  ],
];

/** S6: paths and links that lead out. */
export const climbingPaths: FaultRow = {
  fault: 'paths and links that lead out of the folder',
  wanted: '0 bytes from outside',
  run: (_scale) =>
    inFolder(async (root) => {
      let leaked = 0;
      const { run, port } = await startVictim();
      for (const path of CLIMBS) {
        const { socket, received } = await openRaw(port);
        const closed = once(socket, 'close');
        socket.write(requestText(path, { Host: `127.0.0.1:${port}`, Connection: 'close' }));
        await closed;
        if (/root:|BEGIN/.test(received()) || /^HTTP\/1\.1 30\d/.test(received())) leaked++;
      }
      await run.stop();
      const data = join(root, 'data');
      mkdirSync(data);
      const samples = Buffer.alloc(HEADER.shape[0] * HEADER.shape[1] * HEADER.channels * 4, SECRET);
      writeFileSync(join(root, 'secret.raw'), samples);
      writeFileSync(join(data, 'link.rpl'), formatRippleHeader(HEADER));
      symlinkSync(join(root, 'secret.raw'), join(data, 'link.raw'));
      const monitor = new CliRun(['watch', data, '--port', '0', '--no-record', ...EDGES, '--json']);
      await monitor.event(({ event }) => event === 'serving');
      await monitor.event(({ event }) => event === 'alert');
      await wait(500);
      if (monitor.events.some(({ spectra }) => Number(spectra) > 0)) leaked++;
      await monitor.stop();
      return found(leaked === 0, `${CLIMBS.length} paths and 1 link tried, ${leaked} let through`);
    }),
};

/** S8: files that say they are much larger than anything. */
export const absurdSizes: FaultRow = {
  fault: 'files that claim 2⁴⁰ samples and more',
  wanted: 'refused ≤ 100 ms each, memory + ≤ 32 MiB',
  run: () =>
    inFolder(async (root) => {
      const npy = (shape: number[]) => {
        const small = Buffer.from(encodeNpy(Float32Array.from([1]), [1, 1, 1]));
        const text = small.toString('latin1').replace(/\(1, 1, 1\)/, `(${shape.join(', ')})`);
        const spare = text.length - small.length;
        return Buffer.from(text.replace(new RegExp(` {${spare}}\\n`), '\n'), 'latin1');
      };
      const ripple = (side: number, channels: number) =>
        formatRippleHeader({ ...HEADER, shape: [side, side], channels });
      const files: [string, Buffer | string][] = [
        ['dims.npy', npy([2 ** 20, 2 ** 20, 64])],
        ['long.npy', npy([1, 1, 2 ** 40])],
        ['dims.rpl', ripple(2 ** 20, 64)],
        ['deep.rpl', ripple(64, 2 ** 40)],
      ];
      const energy = HEADER.energy;
      let [refused, longest] = [0, 0];
      const before = process.memoryUsage.rss();
      for (const [name, content] of files) {
        writeFileSync(join(root, name), content);
        if (name.endsWith('.rpl')) {
          const raw = join(root, name.replace('.rpl', '.raw'));
          writeFileSync(raw, '');
          // Sparse: it takes no room on the disk.
          truncateSync(raw, 2 ** 30);
        }
        const began = performance.now();
        await openScanFile(join(root, name), { scratch: root, energy }).catch((error) => {
          if (error instanceof InputError) refused++;
        });
        longest = Math.max(longest, performance.now() - began);
      }
      const grown = Math.max(0, process.memoryUsage.rss() - before) / 2 ** 20;
      return found(
        refused === files.length && longest <= 100 && grown <= 32,
        `${refused} of ${files.length} refused, ≤ ${longest.toFixed(0)} ms, memory + ${grown.toFixed(0)} MiB`,
      );
    }),
};
