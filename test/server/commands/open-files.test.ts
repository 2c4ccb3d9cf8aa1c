import { expect, it } from 'vitest';
import { checkOpenFiles, mostOpenFiles } from '../../../server/commands/open-files.ts';
import { CliRun } from '../../support/cli.ts';

it('too few open files for the edges are refused with the number that is needed', () => {
  expect(() => checkOpenFiles(3, 83)).toThrow(
    'system: open files: expected 84 at least for 3 edges, found that 83 are allowed; raise the limit (ulimit -n 128) or analyse fewer edges',
  );
  for (const [edges, most] of [
    [3, 84],
    [1, 64],
    [3, undefined],
  ] as const)
    expect(() => checkOpenFiles(edges, most)).not.toThrow();
  expect(mostOpenFiles() ?? 1000).toBeGreaterThan(100);
});

it('a monitor that could not finish says so at its start', async () => {
  const through = ['bash', '-c', 'ulimit -n 64; exec "$0" "$@"'];
  const run = new CliRun(['listen', '--port', '0', '--no-record'], undefined, { through });
  expect(await run.ended()).toBe(1);
  expect(run.stderr).toContain('expected 84 at least for 3 edges, found that 64 are allowed');
});
