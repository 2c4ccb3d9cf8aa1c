import { expect, it } from 'vitest';
import { attackMonitor } from './attacks.ts';
import { tryRefusals } from './refusals.ts';

// The short form of `npm run faults -- attacks refusals`.
it('floods of every wire do not hold up healthy clients', async () => {
  const found = await attackMonitor(0.7, ['none', 'live messages', 'ingest fragments', 'http silent']);
  for (const [name, { p99Ms, lost, closed }] of Object.entries(found)) {
    if (name !== 'none') expect([name, closed > 0]).toEqual([name, true]);
    expect([name, lost]).toEqual([name, 0]);
    // On a machine that has much else to do; without a bound these waited for eight seconds.
    expect(p99Ms).toBeLessThan(2000);
  }
});

it('nobody gets in from another origin, under another name, or with a wrong token', async () => {
  const figures = await tryRefusals(80);
  expect(figures).toMatchObject({ origins: 20, hosts: 20, letIn: 0, guessed: 0, slowed: 20 });
  expect(figures).toMatchObject({ lockedOut: 0, exposed: 0 });
});
