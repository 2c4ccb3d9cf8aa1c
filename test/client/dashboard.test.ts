import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Dashboard } from '../../client/model/dashboard.ts';
import type { Hello, Layer, Player, ScanMessage } from '../../protocol/index.ts';

const layer = (id: number, kind: Layer['kind']): Layer => ({
  id,
  kind,
  name: kind,
  units: '',
  dtype: 'f32',
  components: 1,
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('pixels are missing where nothing was counted, whenever a scalar signal began', () => {
  const dashboard = new Dashboard('ws://127.0.0.1:1/live');
  const { model } = dashboard;
  // Outlines have a thread of the browser's.
  dashboard.view.outlines.value = false;
  model.receive(
    {
      type: 'scan',
      epoch: 1,
      source: 'test',
      edges: [],
      layers: [layer(0, 'counts'), layer(1, 'channel')],
      scan: {
        id: 'scan',
        name: 'test',
        shape: [3, 4],
        channels: 8,
        energy: { offset: 0, dispersion: 1, units: 'eV' },
        dtype: 'u16',
      },
    },
    0,
  );
  const frame = (id: number, data: number[]) =>
    model.receiveFrame(
      {
        epoch: 1,
        layer: id,
        revision: 0,
        firstRow: 0,
        rows: 3,
        columns: 4,
        components: 1,
        data: Float32Array.from(data),
      },
      0,
    );
  frame(0, [1, 1, 1, 1, 1, Number.NaN, 1, 1, 1, 1, 1, 1]);
  frame(1, [...new Array<number>(8).fill(Number.NaN), 1, 1, 1, 1]);
  vi.advanceTimersByTime(1000);
  expect(dashboard.missing.value).toBe(1);
});

const scan = (epoch: number, id = 'anode'): ScanMessage => ({
  type: 'scan',
  epoch,
  source: 'test',
  edges: [],
  layers: [layer(0, 'counts'), layer(1, 'channel')],
  scan: {
    id,
    name: id,
    shape: [3, 4],
    channels: 8,
    energy: { offset: 0, dispersion: 1, units: 'eV' },
    dtype: 'u16',
  },
});

const hello = (capabilities: string[]): Hello => ({
  type: 'hello',
  sessionId: 's',
  version: '1',
  capabilities,
});

function looking(capabilities: string[]): Dashboard {
  const dashboard = new Dashboard('ws://127.0.0.1:1/live');
  dashboard.view.outlines.value = false;
  dashboard.model.receive(hello(capabilities), 0);
  dashboard.model.receive(scan(1), 0);
  dashboard.selection.pin(5);
  dashboard.setHero(1);
  dashboard.view.viewport.value = { centreX: 1, centreY: 1, zoom: 2 };
  return dashboard;
}

test('an earlier moment of a recording keeps what was chosen, and the player', () => {
  const dashboard = looking(['replay', 'seek', 'speed']);
  const { model, selection, view, shown } = dashboard;
  const player: Player = {
    type: 'player',
    epoch: 1,
    session: 'x',
    state: 'paused',
    at: 9,
    row: 2,
    speed: 1,
    loop: false,
    recordedBy: '1',
  };
  model.receive(player, 0);
  model.receive(scan(2), 0);
  expect(selection.pinnedPixel.value).toBe(5);
  expect(shown.hero.value?.id).toBe(1);
  expect(view.viewport.value?.zoom).toBe(2);
  expect(model.player.value?.message).toEqual(player);
  model.receive(scan(3, 'another'), 0);
  expect(selection.pinnedPixel.value).toBeUndefined();
  expect(model.player.value).toBeUndefined();
});

test('the next live scan does not keep it, though it may bear the same id', () => {
  const { model, selection, view } = looking([]);
  model.receive(scan(2), 0);
  expect(selection.pinnedPixel.value).toBeUndefined();
  expect(view.viewport.value).toBeUndefined();
});
