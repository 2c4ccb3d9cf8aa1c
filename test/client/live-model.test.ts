import { describe, expect, test } from 'vitest';
import { LiveModel } from '../../client/model/live/live-model.ts';
import type { EdgeState, Hello, Layer, LayerFrame, Progress, ScanMessage } from '../../protocol/index.ts';
import { InputError, UNMEASURED } from '../../protocol/index.ts';
import { fakePlan } from '../support/fake-plan.ts';

const hello = (sessionId: string): Hello => ({ type: 'hello', sessionId, version: '0', capabilities: [] });
const COUNTS: Layer = {
  id: 0,
  kind: 'counts',
  name: 'Total counts',
  units: 'counts',
  dtype: 'f32',
  components: 1,
};
const LABELS: Layer = {
  id: 1,
  kind: 'labels',
  name: 'Si-L classes',
  units: '',
  dtype: 'i16',
  components: 1,
  edge: 'Si-L',
};

const scan = (epoch: number, layers = [COUNTS, LABELS]): ScanMessage => ({
  type: 'scan',
  epoch,
  source: 'test',
  edges: [],
  layers,
  scan: {
    id: `scan-${epoch}`,
    name: 'test',
    shape: [3, 4],
    channels: 8,
    energy: { offset: 0, dispersion: 1, units: 'eV' },
    dtype: 'u16',
  },
});

const frame = (
  epoch: number,
  firstRow: number,
  data: Float32Array | Int16Array,
  revision = 0,
): LayerFrame => ({
  epoch,
  layer: data instanceof Float32Array ? 0 : 1,
  revision,
  firstRow,
  rows: data.length / 4,
  columns: 4,
  components: 1,
  data,
});

const edge = (revision: number, colours: number[], epoch = 1): EdgeState => ({
  type: 'edge',
  epoch,
  name: 'Si-L',
  status: 'live',
  revision,
  present: 1,
  absent: 1,
  components: 2,
  explained: [],
  landmarks: 0,
  gain: 1,
  classes: colours.map((colour, label) => ({ label, colour, count: 1, centroid: [0, 0] })),
  orientation: [1, 0, 0, 0, 1, 0],
});

const progress = (epoch: number, spectra: number): Progress => ({
  type: 'progress',
  epoch,
  status: 'live',
  spectra,
  total: 12,
  nextPixel: spectra,
  elapsedSeconds: 1,
  newestAt: 0,
  sentAt: 0,
  backlog: 0,
});

function joined(): LiveModel {
  const model = new LiveModel();
  model.receive(hello('a'), 0);
  model.receive(scan(1), 0);
  return model;
}

const samples = (model: LiveModel, layer: number) => [...(model.planes.peek().get(layer)?.data ?? [])];

describe('live model', () => {
  test('a scan begins unmeasured', () => {
    const model = joined();
    expect(samples(model, 0)).toEqual(new Array(12).fill(Number.NaN));
    expect(samples(model, 1)).toEqual(new Array(12).fill(UNMEASURED));
    expect(model.planes.peek().get(0)?.measured).toBe(0);
  });

  test('rows are written in place and counted once', () => {
    const model = joined();
    const plane = model.planes.peek().get(0);
    const { data } = plane ?? {};
    model.receiveFrame(frame(1, 1, Float32Array.of(1, 2, Number.NaN, 4)), 0);
    model.receiveFrame(frame(1, 1, Float32Array.of(1, 2, 3, 4)), 0);
    expect(plane?.data).toBe(data);
    expect(plane?.measured).toBe(4);
    expect(plane?.version.peek()).toBe(2);
    expect(samples(model, 0).slice(4, 8)).toEqual([1, 2, 3, 4]);
    expect(plane?.isMeasured(5)).toBe(true);
    expect(plane?.isMeasured(3)).toBe(false);
  });

  test('frames and topics of another scan are ignored', () => {
    const model = joined();
    model.receiveFrame(frame(2, 0, Float32Array.of(1, 2, 3, 4)), 0);
    model.receive(progress(2, 7), 0);
    model.receive(edge(1, [0], 2), 0);
    expect(model.planes.peek().get(0)?.measured).toBe(0);
    expect(model.progress.peek()).toBeUndefined();
    expect(model.edges.peek().size).toBe(0);
  });

  test('joining the same scan again keeps the picture', () => {
    const model = joined();
    model.receiveFrame(frame(1, 0, Float32Array.of(1, 2, 3, 4)), 0);
    model.receive(hello('a'), 1);
    model.receive(scan(1), 1);
    expect(model.planes.peek().get(0)?.measured).toBe(4);
  });

  test('another session or another scan drops everything', () => {
    for (const next of [hello('b'), scan(2)]) {
      const model = joined();
      model.receiveFrame(frame(1, 0, Float32Array.of(1, 2, 3, 4)), 0);
      model.receive(edge(1, [0]), 0);
      model.receive(progress(1, 4), 0);
      model.receive(next, 1);
      expect(model.planes.peek().get(0)?.measured ?? 0).toBe(0);
      expect(model.edges.peek().size).toBe(0);
      expect(model.progress.peek()).toBeUndefined();
    }
  });

  test('a layer may come later', () => {
    const model = joined();
    const haadf: Layer = { ...COUNTS, id: 9, kind: 'channel', name: 'HAADF' };
    model.receive({ type: 'layer', epoch: 1, layer: haadf }, 0);
    expect(model.planes.peek().get(9)?.layer.name).toBe('HAADF');
    expect(model.planes.peek().size).toBe(3);
  });

  test('frames that do not fit are refused by name', () => {
    const model = joined();
    expect(() => model.receiveFrame(frame(1, 3, Float32Array.of(1, 2, 3, 4)), 0)).toThrow(InputError);
    expect(() => model.receiveFrame({ ...frame(1, 0, new Float32Array(5)), columns: 5 }, 0)).toThrow(
      /Total counts.*columns/,
    );
    expect(() => model.receiveFrame({ ...frame(1, 0, new Float32Array(4)), layer: 1 }, 0)).toThrow(
      /Si-L classes.*dtype/,
    );
    expect(samples(model, 0)).toEqual(new Array(12).fill(Number.NaN));
  });

  test('rows keep the classes of their own revision', () => {
    const model = joined();
    model.receive(edge(1, [0, 1]), 0);
    model.receive(edge(2, [1, 0]), 0);
    expect(model.classesOf('Si-L', 1)[0].colour).toBe(0);
    expect(model.classesOf('Si-L', 2)[0].colour).toBe(1);
    expect(model.classesOf('Si-L', 99)[0].colour).toBe(1);
    for (let revision = 3; revision < 12; revision++) model.receive(edge(revision, [5]), 0);
    expect(model.classesOf('Si-L', 1)[0].colour).toBe(5);
  });
});

test('the plan belongs to its scan', () => {
  const model = joined();
  model.receive(fakePlan({ epoch: 9 }), 0);
  expect(model.plan.peek()).toBeUndefined();
  model.receive(fakePlan(), 0);
  expect(model.plan.peek()?.regions).toHaveLength(3);
  model.receive(scan(2), 0);
  expect(model.plan.peek()).toBeUndefined();
});

describe('paused', () => {
  test('the picture stands still while data arrive, and then catches up', () => {
    const model = joined();
    model.receiveFrame(frame(1, 0, Float32Array.of(1, 1, 1, 1)), 0);
    model.receive(progress(1, 4), 0);
    model.setPaused(true);
    model.receiveFrame(frame(1, 1, Float32Array.of(2, 2, 2, 2)), 0);
    model.receiveFrame(frame(1, 1, Float32Array.of(3, 3, 3, 3)), 0);
    model.receive(edge(4, [0]), 0);
    model.receive(progress(1, 8), 0);
    expect(model.planes.peek().get(0)?.measured).toBe(4);
    expect(model.edges.peek().size).toBe(0);
    expect(model.progress.peek()?.message.spectra).toBe(4);
    expect(model.newestProgress.peek()?.message.spectra).toBe(8);
    model.setPaused(false);
    expect(model.progress.peek()?.message.spectra).toBe(8);
    expect(samples(model, 0).slice(0, 8)).toEqual([1, 1, 1, 1, 3, 3, 3, 3]);
    expect(model.edges.peek().get('Si-L')?.revision).toBe(4);
  });

  test('a plan that follows the scan is kept back; one that was asked for, accepted or withdrawn is not', () => {
    const model = joined();
    const number = () => model.plan.peek()?.number;
    model.receive({ ...fakePlan(), number: 1 }, 0);
    model.setPaused(true);
    model.receive({ ...fakePlan(), number: 2 }, 0);
    expect(number()).toBe(1);
    const request = { ...fakePlan().request, terms: [] };
    model.receive({ ...fakePlan({ request }), number: 3 }, 0);
    expect(number()).toBe(3);
    model.receive({ ...fakePlan({ request }), number: 4, status: 'accepted' }, 0);
    expect(number()).toBe(4);
    model.receive({ ...fakePlan({ request }), number: 5, status: 'accepted' }, 0);
    expect(number()).toBe(4);
    model.setPaused(false);
    expect(number()).toBe(5);
  });

  test('a new scan ends the pause', () => {
    const model = joined();
    model.setPaused(true);
    model.receiveFrame(frame(1, 1, Float32Array.of(2, 2, 2, 2)), 0);
    model.receive(scan(2), 0);
    expect(model.paused.peek()).toBe(false);
    expect(model.planes.peek().get(0)?.measured).toBe(0);
  });
});
