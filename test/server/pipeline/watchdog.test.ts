import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { patienceFor, Watchdog } from '../../../server/pipeline/threads/watchdog.ts';
import { WorkerHost } from '../../../server/pipeline/threads/worker-host.ts';

const root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
afterAll(() => rmSync(root, { recursive: true }));

const EVERY = 500;
/** What is found of a thread, second by second, that beats at the given moments (s) from 0 on. */
function findings(beats: readonly number[], seconds: number, pixels = 128 * 128): string[] {
  const dog = new Watchdog(patienceFor(pixels), 0);
  const found: string[] = [];
  for (let now = EVERY; now <= 1000 * seconds; now += EVERY) {
    const beat = beats.filter((each) => 1000 * each <= now).length;
    const finding = dog.check(now, EVERY, beat);
    if (finding) found.push(`${now / 1000} s ${finding}`);
  }
  return found;
}

it('a thread that hangs is said within 5 s, and ended', () => {
  expect(findings([1], 60)).toEqual(['5.5 s silent', '18 s hangs']);
});

it('a long computation is said, and left to finish', () => {
  expect(findings([1, 14, 15], 16)).toEqual(['5.5 s silent', '14 s answers']);
  // One of a large scan may take longer.
  expect(findings([1, 100], 100, 1024 * 1024)).toEqual(['31.5 s silent', '100 s answers']);
});

it('a thread that starts slowly is left a minute', () => {
  const dog = new Watchdog(patienceFor(0), 0);
  const found: number[] = [];
  for (let now = EVERY; now <= 120_000; now += EVERY)
    if (dog.check(now, EVERY, undefined) === 'hangs') found.push(now);
  expect(found).toEqual([60_000]);
});

it('time in which nobody could look does not count: the machine slept', () => {
  const dog = new Watchdog(patienceFor(0), 0);
  expect(dog.check(EVERY, EVERY, 1)).toBeUndefined();
  expect(dog.check(3_600_000, EVERY, 1)).toBeUndefined();
  expect(dog.silentMs).toBe(2 * EVERY);
});

/** Threads that do `work` with every command, and what is reported of them. */
async function reports(name: string, work: string): Promise<string[]> {
  const script = join(root, `${name}.mjs`);
  writeFileSync(
    script,
    `import { parentPort } from 'node:worker_threads';
     const beats = new Int32Array(new SharedArrayBuffer(4));
     parentPort.postMessage({ type: 'alive', beats });
     setInterval(() => Atomics.add(beats, 0, 1), 50);
     parentPort.on('message', (command) => { ${work} });`,
  );
  const messages: string[] = [];
  let starts = 0;
  let answered = () => {};
  const answer = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const host = new WorkerHost<string, { type: 'done' }>({
    script: pathToFileURL(script),
    data: () => undefined,
    resume: () => [starts++ === 0 ? 'again' : 'at last'],
    report: (report) => {
      if (report.type === 'done') answered();
      else messages.push(`${report.type}: ${report.message}`);
    },
    pixels: 0,
    patience: { warnAfterMs: 500, endAfterMs: 1500, startupMs: 20_000 },
  });
  try {
    host.send('first');
    await answer;
  } finally {
    await host.close();
  }
  return messages;
}

it('a thread in an endless loop is ended, and another takes its place', async () => {
  const done = `parentPort.postMessage({ type: 'done' })`;
  expect(await reports('endless', `if (command === 'first') for (;;); ${done};`)).toEqual([
    expect.stringMatching(/^silent: the thread has not answered for 1 s$/),
    expect.stringMatching(/^restarted: the thread has not answered for [12] s; started again \(1 of 3\)$/),
  ]);
}, 30_000);

it('a thread whose objects do not fit in its heap is replaced, long before the memory of the machine is full', async () => {
  const before = process.memoryUsage().rss;
  const fill = `const all = []; for (;;) all.push(new Array(1e5).fill(Math.random()));`;
  const messages = await reports(
    'full',
    `if (command === 'first') { ${fill} } parentPort.postMessage({ type: 'done' });`,
  );
  expect(messages.at(-1)).toMatch(/^restarted: .*memory limit.*started again \(1 of 3\)$/);
  expect(process.memoryUsage().rss - before).toBeLessThan(600e6);
}, 30_000);
