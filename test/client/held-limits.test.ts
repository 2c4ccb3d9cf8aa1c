import { expect, test } from 'vitest';
import { HeldLimits } from '../../client/model/maps/held-limits.ts';
import { LayerPlane } from '../../client/model/maps/layer-plane.ts';
import { MapReadings } from '../../client/model/maps/map-readings.ts';

test('are held until they are let go, and each step can be undone', () => {
  const limits = new HeldLimits();
  limits.undo();
  limits.toggle('HAADF', [1, 2]);
  limits.toggle('C-K intensity', [0, 9]);
  limits.toggle('HAADF', [3, 4]);
  expect([...limits.all.value]).toEqual([['C-K intensity', [0, 9]]]);
  limits.undo();
  expect(limits.all.value.get('HAADF')).toEqual([1, 2]);
  limits.undo();
  limits.undo();
  limits.undo();
  expect(limits.all.value.size).toBe(0);
});

test('stand for those of the data', () => {
  const limits = new HeldLimits();
  const readings = new MapReadings(limits, () => undefined);
  const plane = new LayerPlane(
    { id: 0, kind: 'channel', name: 'HAADF', units: '', dtype: 'f32', components: 1 },
    [1, 4],
  );
  const data = new Float32Array([0, 1, 2, 8]);
  plane.write({ epoch: 1, layer: 0, revision: 0, firstRow: 0, rows: 1, columns: 4, components: 1, data });
  const domain = readings.domainOf(plane);
  expect(domain.value).toEqual([0, 8]);
  limits.toggle('HAADF', [1, 2]);
  expect(domain.value).toEqual([1, 2]);
  limits.undo();
  expect(domain.value).toEqual([0, 8]);
});
