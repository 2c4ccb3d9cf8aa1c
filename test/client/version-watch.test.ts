import { expect, test } from 'vitest';
import { LiveModel } from '../../client/model/live/live-model.ts';
import { VersionWatch } from '../../client/model/live/version-watch.ts';
import type { Hello } from '../../protocol/index.ts';
import { LIVE_SUBPROTOCOL } from '../../protocol/index.ts';

const hello = (version: string, sessionId = 'a'): Hello => ({
  type: 'hello',
  sessionId,
  version,
  capabilities: [],
});

test('a monitor that comes back with another version makes the page outdated', () => {
  const model = new LiveModel();
  const watch = new VersionWatch(model, async () => undefined);
  model.receive(hello('1.0.0'), 0);
  model.receive(hello('1.0.0', 'b'), 0);
  expect(watch.outdated.value).toBe(false);
  model.receive(hello('1.1.0', 'c'), 0);
  expect(watch.outdated.value).toBe(true);
});

test('a monitor is asked for its protocol when the connection fails, and only another one counts', async () => {
  const model = new LiveModel();
  let spoken: string | undefined;
  const watch = new VersionWatch(model, async () => spoken);
  const fail = async () => {
    model.connection.value = { phase: 'reconnecting', attempt: 1, retryAt: 5 };
    await new Promise((resolve) => setTimeout(resolve));
    return watch.outdated.value;
  };
  expect(await fail()).toBe(false);
  spoken = LIVE_SUBPROTOCOL;
  expect(await fail()).toBe(false);
  spoken = 'eelwatch.live.v9';
  expect(await fail()).toBe(true);
});
