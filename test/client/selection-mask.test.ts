import { signal } from '@preact/signals-core';
import { expect, test } from 'vitest';
import { LayerPlane } from '../../client/model/maps/layer-plane.ts';
import { SelectionMask } from '../../client/model/maps/selection-mask.ts';
import type { Layer } from '../../protocol/index.ts';

const LABELS: Layer = { id: 0, kind: 'labels', name: 'Classes', units: '', dtype: 'i16', components: 1 };
const SHAPE = [4, 2] as const;

function write(plane: LayerPlane, firstRow: number, labels: number[]): void {
  const data = Int16Array.from(labels);
  const rows = labels.length / plane.columns;
  plane.write({
    epoch: 1,
    layer: 0,
    revision: 1,
    firstRow,
    rows,
    columns: plane.columns,
    components: 1,
    data,
  });
}

test('follows its class map row by row, and is filled anew when another class is asked for', () => {
  const plane = new LayerPlane(LABELS, SHAPE);
  write(plane, 0, [0, 1, 1, 0, 0, 0, 1, 1]);
  const label = signal<number | undefined>(undefined);
  const mask = new SelectionMask(() => {
    void plane.version.value;
    return label.value === undefined ? undefined : { parts: [{ plane, label: label.value }], shape: SHAPE };
  });
  expect(mask.active.value).toBe(false);
  label.value = 1;
  expect(mask.active.value).toBe(true);
  expect([...mask.data]).toEqual([0, 255, 255, 0, 0, 0, 255, 255]);
  expect(mask.takeChanged()).toEqual([0, 4]);
  const before = mask.version.value;
  write(plane, 1, [0, 1]);
  expect([...mask.data]).toEqual([0, 255, 0, 255, 0, 0, 255, 255]);
  expect(mask.version.value).toBeGreaterThan(before);
  expect(mask.takeChanged()).toEqual([1, 2]);
  expect(mask.takeChanged()).toEqual([0, 0]);
  label.value = 0;
  expect([...mask.data]).toEqual([255, 0, 255, 0, 255, 255, 0, 0]);
  expect(mask.takeChanged()).toEqual([0, 4]);
  // What was written while nothing was looked at counts too.
  label.value = undefined;
  write(plane, 3, [0, 0]);
  label.value = 0;
  expect([...mask.data]).toEqual([255, 0, 255, 0, 255, 255, 255, 255]);
  mask.dispose();
});
