import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { LineOutput } from '../../../server/commands/line-output.ts';

it('leaves out lines while too much waits, and says how many once there is room', () => {
  const stream = {
    writableLength: 0,
    written: [] as string[],
    write: (text: string) => stream.written.push(text),
  };
  const output = new LineOutput(stream, (lines) => `${lines} left out\n`);
  output.write('a\n');
  stream.writableLength = 2 ** 20;
  for (let line = 0; line < 1000; line++) output.write('b\n');
  stream.writableLength = 0;
  output.write('c\n');
  output.write('d\n');
  expect(stream.written).toEqual(['a\n', '1000 left out\n', 'c\n', 'd\n']);
});

/** Writes 64 MB of lines into its standard output, which is a pipe, and then tells by its messages how long that took and what waits. */
const WRITER = `
const { LineOutput } = await import(process.argv[1]);
const output = new LineOutput(process.stdout, (lines) => lines + ' left out\\n');
const from = performance.now();
for (let line = 0; line < 64_000; line++) {
  output.write('x'.repeat(999) + '\\n');
  if (line % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
}
process.send({ ms: performance.now() - from, waiting: process.stdout.writableLength });
process.on('message', () => { output.write('end\\n'); process.disconnect(); });
`;

it('a pipe that nobody reads holds up nobody and fills no memory', async () => {
  const script = fileURLToPath(new URL('../../../server/commands/line-output.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', WRITER, script], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const [{ ms, waiting }] = (await once(child, 'message')) as [{ ms: number; waiting: number }];
  expect(ms).toBeLessThan(5000);
  expect(waiting).toBeLessThan(2 * 2 ** 20);
  let read = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    read += bytes.toString();
  });
  // What waits is read; then there is room again.
  while (!read.endsWith('\n') || read.length < waiting)
    await new Promise((resolve) => setTimeout(resolve, 10));
  child.send('go on');
  await once(child, 'close');
  const [leftOut, end] = read.trimEnd().split('\n').slice(-2);
  expect(leftOut).toMatch(/^\d+ left out$/);
  expect(read.trimEnd().split('\n').length - 2 + Number.parseInt(leftOut, 10)).toBe(64_000);
  expect(end).toBe('end');
});
