import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Dashboard } from '../../client/model/dashboard.ts';
import type { Layer } from '../../protocol/index.ts';

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
