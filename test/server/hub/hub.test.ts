import { afterEach, describe, expect, it } from 'vitest';
import { LIVE_BUNDLES_SUBPROTOCOL } from '../../../protocol/index.ts';
import type { ServerOptions } from '../../../server/hub/server.ts';
import { counts, edgeLayer, edgeState, progress } from '../../support/fake-live-state.ts';
import { LiveClient } from '../../support/live-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer | undefined;
const start = async (options: Partial<ServerOptions> = {}): Promise<TestServer> => {
  server = await startTestServer(options);
  return server;
};
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** What waits for the slowest dashboard, as the metrics tell it. */
const unsentBytes = async (url: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^eelwatch_most_unsent_bytes (\d+)/m.exec(text)?.[1]);
};

describe('joining', () => {
  it('is greeted and told that nothing goes on yet', async () => {
    const { url } = await start({ capabilities: ['seek'] });
    const client = await LiveClient.join(url);
    expect(client.messages[0]).toMatchObject({ type: 'hello', capabilities: ['seek'] });
    expect(client.scan).toBeUndefined();
  });

  it('in the middle of a scan shows the same as having been there from the start', async () => {
    const { url, state } = await start();
    const early = await LiveClient.join(url);
    state.begin([40, 30], [counts(0), edgeLayer(1, 'Si-L', 'labels'), edgeLayer(2, 'Si-L', 'embedding')]);
    state.publish(progress(1));
    state.publish(edgeState('Si-L', []));
    for (let row = 0; row < 25; row++) {
      state.fill(0, row, 1, row * 1.5);
      state.fill(1, row, 1, row % 3, 2);
    }
    state.addLayer({ ...counts(7), kind: 'channel', name: 'HAADF' });
    state.fill(7, 3, 5, 9);
    state.fill(2, 0, 25, 0.25, 2);
    const seen = (client: LiveClient) => () =>
      client.maps.get(2)?.[25 * 60 - 1] === 0.25 && client.maps.get(7)?.[5 * 30] === 9;
    await early.until(seen(early));
    const late = await LiveClient.join(url);
    await late.until(seen(late));
    await late.until(() => late.maps.get(1)?.[24 * 30] === 0);
    state.alerts = [{ id: 'a', severity: 'info', message: 'm', at: 1 }];
    state.publish(edgeState('C-K', []));
    state.tell({ type: 'topic', key: 'alerts' });
    for (const client of [early, late])
      await client.until(() => client.topics.has('alerts') && client.topics.has('edge/C-K'));
    expect(late.picture()).toEqual(early.picture());
    expect(late.layers.size).toBe(4);
    expect(late.frames.filter((frame) => frame.layer === 2).every((frame) => frame.revision === 2)).toBe(
      true,
    );
  });

  it('lets a new scan replace the old one', async () => {
    const { url, state } = await start();
    const client = await LiveClient.join(url);
    state.begin([4, 4], [counts(0)], 1);
    state.fill(0, 0, 4, 1);
    state.begin([2, 3], [counts(0)], 2);
    state.fill(0, 1, 1, 5);
    await client.until(() => client.maps.get(0)?.[5] === 5);
    expect(Array.from(client.maps.get(0)!)).toEqual([Number.NaN, Number.NaN, Number.NaN, 5, 5, 5]);
  });
});

describe('pictures', () => {
  it('come whole while another pass goes over their first rows', async () => {
    const { url, state } = await start({
      limits: { tickMs: 5, bufferedBytes: 16 * 1024, frameBytes: 8 * 1024 },
    });
    state.begin([4000, 600], [edgeLayer(3, 'Si-L', 'embedding')]);
    state.fill(3, 0, 4000, 1);
    const client = await LiveClient.join(url);
    const again = setInterval(() => state.fill(3, 0, 1, 2), 1);
    try {
      await client.until(() => client.maps.get(3)?.at(-1) === 1);
    } finally {
      clearInterval(again);
    }
    await client.until(() => client.maps.get(3)?.[0] === 2);
  });

  it('of new rows do not wait for a map that is painted anew, which is not starved by them', async () => {
    const { url, state } = await start({
      limits: { tickMs: 5, bufferedBytes: 16 * 1024, frameBytes: 8 * 1024 },
    });
    state.begin([4000, 600], [edgeLayer(3, 'Si-L', 'embedding')]);
    const client = await LiveClient.join(url);
    state.fill(3, 0, 3000, 1);
    state.fill(3, 3000, 1, 1);
    await client.until(() => client.maps.get(3)?.[3000 * 1200] === 1);
    const painted = () => client.maps.get(3)?.[2999 * 1200] === 1;
    expect(painted()).toBe(false);
    let row = 3001;
    const again = setInterval(() => state.fill(3, row++, 1, 1), 1);
    try {
      await client.until(painted);
    } finally {
      clearInterval(again);
    }
  });

  it('are cut into bands of at most 256 KiB', async () => {
    const { url, state } = await start();
    state.begin([700, 300], [edgeLayer(3, 'Si-L', 'embedding')]);
    state.fill(3, 0, 700, 1);
    const client = await LiveClient.join(url);
    await client.until(() => client.maps.get(3)?.at(-1) === 1);
    expect(client.frames.length).toBe(Math.ceil(700 / Math.floor((256 * 1024 - 32) / 2400)));
    expect(client.largestFrame).toBeLessThanOrEqual(256 * 1024);
    const bundled = await LiveClient.join(url, {}, LIVE_BUNDLES_SUBPROTOCOL);
    await bundled.until(() => bundled.maps.get(3)?.at(-1) === 1);
    expect(bundled.largestFrame).toBeLessThanOrEqual(256 * 1024);
    expect(client.maps.get(3)?.every((value) => value === 1)).toBe(true);
  });

  it('come in bundles to whoever asks for it, in the order of all that is said', async () => {
    const { url, state } = await start();
    // Rows of an odd number of two bytes: what follows them is padded.
    state.begin([40, 31], [edgeLayer(1, 'Si-L', 'labels'), counts(2), edgeLayer(3, 'Si-L', 'embedding')]);
    const plain = await LiveClient.join(url);
    const bundled = await LiveClient.join(url, {}, LIVE_BUNDLES_SUBPROTOCOL);
    state.fill(1, 4, 1, 1);
    state.fill(2, 4, 1, 2);
    state.fill(3, 4, 1, 3);
    state.publish(edgeState('Si-L', []));
    state.publish(edgeState('C-K', []));
    state.fill(2, 6, 1, 4);
    for (const client of [plain, bundled])
      await client.until(() => client.topics.has('edge/C-K') && client.maps.get(2)?.[6 * 31] === 4);
    expect(bundled.picture()).toEqual(plain.picture());
    expect(plain.pictures).toBe(plain.frames.length);
    expect(bundled.frames.length).toBe(plain.frames.length);
    expect(bundled.pictures).toBeLessThan(plain.pictures);
    expect(bundled.topics).toEqual(plain.topics);
    expect(bundled.words).toBeLessThan(plain.words);
  });

  it('are not held up for others by a client that stops reading, which stays bounded and catches up', async () => {
    const limits = { tickMs: 5 };
    const { url, state } = await start({ limits });
    state.begin([256, 256], [counts(0), counts(1), counts(2), counts(3)]);
    const healthy = await LiveClient.join(url);
    const slow = await LiveClient.join(url);
    const socketOf = (client: LiveClient) =>
      (client.ws as unknown as { _socket: import('node:net').Socket })._socket;
    slow.ws.pause();
    socketOf(slow).pause();
    let largest = 0;
    const picturesToFill = 100;
    for (let value = 1; value <= picturesToFill; value++) {
      for (const layer of [0, 1, 2, 3]) state.fill(layer, 0, 256, value);
      state.publish(progress(value));
      await healthy.until(() => [0, 1, 2, 3].every((layer) => healthy.maps.get(layer)?.at(-1) === value));
      largest = Math.max(largest, await unsentBytes(url));
    }
    expect(largest).toBeGreaterThan(512 * 1024);
    expect(largest).toBeLessThanOrEqual(1024 * 1024 + 256 * 1024 + 1024);
    socketOf(slow).resume();
    slow.ws.resume();
    await slow.until(() => [0, 1, 2, 3].every((layer) => slow.maps.get(layer)?.at(-1) === picturesToFill));
    await slow.until(() => slow.of('delivery').length > 0);
    expect(slow.of('delivery').at(-1)?.skipped).toBeGreaterThan(picturesToFill);
    expect(healthy.of('delivery')).toEqual([]);
    state.publish(edgeState('Si-L', []));
    for (const client of [slow, healthy]) await client.until(() => client.topics.has('edge/Si-L'));
    expect(slow.picture()).toEqual(healthy.picture());
  });

  it('cut off a client that has taken nothing for too long', async () => {
    const { url, state } = await start({ limits: { tickMs: 5, stallMs: 200 } });
    state.begin(
      [512, 512],
      [counts(0), counts(1), counts(2), counts(3), counts(4), counts(5), counts(6), counts(7)],
    );
    const client = await LiveClient.join(url);
    client.ws.pause();
    const connections = async () => (await (await fetch(`${url}/api/status`)).json()).connections;
    expect(await connections()).toBe(1);
    for (let value = 1; (await connections()) > 0; value++)
      for (let layer = 0; layer < 8; layer++) state.fill(layer, 0, 512, value);
    client.ws.resume();
  });
});

describe('requests', () => {
  it('for a spectrum are answered with their number', async () => {
    const { url, state } = await start();
    state.begin([4, 4], [counts(0)]);
    const client = await LiveClient.join(url);
    client.ws.send(JSON.stringify({ type: 'spectrum', request: 17, pixel: 5 }));
    await client.until(() => client.of('spectrum').length > 0);
    expect(client.of('spectrum')[0]).toMatchObject({
      request: 17,
      pixel: 5,
      raw: [5, 6, 7, 8, 9, 10, 11, 12],
    });
  });

  it('that are overtaken while one is being answered are left out, the newest is served', async () => {
    const { url, state } = await start();
    state.begin([4, 4], [counts(0)]);
    const asked: number[] = [];
    const release: (() => void)[] = [];
    const answer = state.spectrum.bind(state);
    state.spectrum = async (pixel) => {
      asked.push(pixel);
      await new Promise<void>((resolve) => release.push(resolve));
      return answer(pixel);
    };
    const client = await LiveClient.join(url);
    for (const pixel of [1, 2, 3])
      client.ws.send(JSON.stringify({ type: 'spectrum', request: pixel, pixel }));
    // The fault shows that everything before it has been read.
    client.ws.send('{}');
    await client.until(() => client.of('fault').length === 1);
    release.shift()?.();
    await client.until(() => client.of('spectrum').length === 1);
    release.shift()?.();
    await client.until(() => client.of('spectrum').length === 2);
    expect(asked).toEqual([1, 3]);
    expect(client.of('spectrum').map(({ request }) => request)).toEqual([1, 3]);
  });

  it('that cannot be served get a readable fault, and the connection goes on', async () => {
    const { url, state } = await start();
    state.begin([4, 4], [counts(0)]);
    const client = await LiveClient.join(url);
    const bad = [
      'nonsense',
      '[]',
      '{"type":"jump"}',
      '{"type":"spectrum","request":1}',
      '{"type":"spectrum","request":2,"pixel":16}',
    ];
    for (const text of bad) client.ws.send(text);
    await client.until(() => client.of('fault').length === bad.length);
    expect(client.of('fault').map(({ message }) => message)).toMatchSnapshot();
    client.ws.send('{"type":"spectrum","request":3,"pixel":15}');
    await client.until(() => client.of('spectrum').length === 1);
  });

  it('for another energy axis are handed on, or refused by a fault; the new axis is told without emptying the picture', async () => {
    const { url, state } = await start();
    state.begin([4, 4], [counts(0)]);
    const client = await LiveClient.join(url);
    await client.until(() => client.scan !== undefined);
    const epoch = client.scan?.epoch ?? 0;
    const axis = (one: number, dispersion: number) =>
      ({ type: 'axis', epoch: one, offset: 448.16, dispersion }) as const;
    for (const [request, command] of [axis(epoch, 0.308183), axis(epoch + 1, 0.308183)].entries())
      client.ws.send(JSON.stringify({ type: 'command', request, command }));
    client.ws.send(JSON.stringify({ type: 'command', request: 2, command: axis(epoch, -1) }));
    await client.until(() => client.of('fault').length === 1 && client.of('answer').length === 2);
    expect(state.commands).toEqual([axis(epoch, 0.308183)]);
    expect(client.of('answer')).toEqual([
      { type: 'answer', request: 0 },
      { type: 'answer', request: 1, fault: expect.stringContaining('epoch') },
    ]);
    const { scan } = state;
    if (!scan) throw new Error('no scan');
    const before = client.frames.length;
    scan.scan = { ...scan.scan, energy: { offset: 448.16, dispersion: 0.308183, units: 'eV' } };
    state.tell({ type: 'retuned', message: scan });
    await client.until(() => client.of('scan').length === 2);
    expect(client.of('scan')[1]).toMatchObject({
      epoch,
      scan: { energy: { offset: 448.16 } },
      layers: [{ id: 0 }],
    });
    expect(client.frames.length).toBe(before);
  });

  it('close only the client that sends too much, too many or binary ones', async () => {
    const { url, state } = await start();
    state.begin([4, 4], [counts(0)]);
    const healthy = await LiveClient.join(url);
    const large = await LiveClient.join(url);
    large.ws.send('x'.repeat(64 * 1024 + 1));
    expect((await large.closed()).code).toBe(1009);
    const binary = await LiveClient.join(url);
    binary.ws.send(Buffer.from([1]));
    expect(await binary.closed()).toMatchObject({ code: 1003 });
    const many = await LiveClient.join(url);
    for (let i = 0; i < 60; i++) many.ws.send('{"type":"spectrum","request":1,"pixel":1}');
    expect(await many.closed()).toEqual({ code: 1008, reason: 'more than 50 messages in a second' });
    const pieces = await LiveClient.join(url);
    for (let i = 0; i < 40; i++) pieces.ws.send('1', { fin: false });
    expect((await pieces.closed()).code).toBe(1008);
    healthy.ws.send('{"type":"spectrum","request":3,"pixel":15}');
    await healthy.until(() => healthy.of('spectrum').length === 1);
  });
});

describe('the control plane', () => {
  it('closes a client that cannot take it rather than dropping anything', async () => {
    const { url, state } = await start({ limits: { tickMs: 5, controlBytes: 2000 } });
    state.begin([512, 512], [counts(0), counts(1), counts(2), counts(3)]);
    const client = await LiveClient.join(url);
    client.ws.pause();
    for (let value = 1; (await unsentBytes(url)) < 1024 * 1024; value++)
      for (let layer = 0; layer < 4; layer++) state.fill(layer, 0, 512, value);
    for (let id = 100; id < 120; id++) state.addLayer(counts(id));
    const closed = client.closed();
    client.ws.resume();
    expect(await closed).toEqual({ code: 1013, reason: 'too slow: control messages could not be delivered' });
  });

  it('stays in order with the pictures: a frame never comes before its layer', async () => {
    const { url, state } = await start({ limits: { tickMs: 1 } });
    state.begin([16, 16], [counts(0)]);
    const client = await LiveClient.join(url);
    for (let id = 1; id <= 30; id++) {
      state.addLayer(counts(id));
      state.fill(id, 0, 16, id);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.until(() => client.maps.get(30)?.at(-1) === 30);
    expect(client.layers.size).toBe(31);
  });
});

it('leaves nothing behind when it closes', async () => {
  const { url, state } = await start();
  const client = await LiveClient.join(url);
  const closed = client.closed();
  await server?.close();
  server = undefined;
  expect(await closed).toEqual({ code: 1001, reason: 'the monitor stops' });
  expect(state.listeners).toBe(0);
});
