import { expect, it } from 'vitest';
import { damageSessions } from './damaged-sessions.ts';

// The short form of `npm run faults`.
it.each(['cut', 'flip'] as const)(
  'a session with a file that is damaged (%s) never gives out wrong data',
  async (kind) => {
    const figures = await damageSessions(kind, 60, 1);
    expect(figures).toMatchObject({ tried: 60, wrong: 0, incomplete: 0, lostSynced: 0 });
    // A description that is damaged is refused by name; of six files it is one.
    expect(figures.refused).toBeLessThan(25);
  },
);
