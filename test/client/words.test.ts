import { describe, expect, test } from 'vitest';
import { withPlaces } from '../../client/color/class-colours.ts';
import { SHORTCUTS } from '../../client/interaction/shortcuts.ts';
import { dataAgeSeconds, freshness } from '../../client/model/live/ages.ts';
import { heroTabs, MAX_TILES, mapLayers } from '../../client/model/maps/map-list.ts';
import { classFigure, pixelFigure, positiveOnly, windowsRange } from '../../client/model/spectrum-series.ts';
import { completeWords } from '../../client/model/words/complete-words.ts';
import {
  cellVerdict,
  informationContext,
  mapContext,
  matrixSentence,
  verdictText,
} from '../../client/model/words/describe.ts';
import { shortPair } from '../../client/model/words/edge-names.ts';
import { edgeWaiting, mapWaiting, waitingWords } from '../../client/model/words/empty-states.ts';
import {
  compact,
  duration,
  grouped,
  limitText,
  percent,
  twoDecimals,
} from '../../client/model/words/format.ts';
import { backoffMs } from '../../client/transport/backoff.ts';
import { checkedMessage, parseMessages } from '../../client/transport/decode.ts';
import type { Alert, EdgeState, Progress } from '../../protocol/index.ts';
import { edgeAt, InputError } from '../../protocol/index.ts';
import { fakePlan } from '../support/fake-plan.ts';
import { FakeScan } from '../support/fake-scan.ts';

const progress = (part: Partial<Progress>): Progress => ({
  type: 'progress',
  epoch: 1,
  status: 'live',
  spectra: 100,
  total: 1000,
  nextPixel: 100,
  elapsedSeconds: 3,
  newestAt: 0,
  sentAt: 0,
  backlog: 0,
  ...part,
});

describe('figures', () => {
  test('are short, with true minus signs and units', () => {
    expect(grouped(12_544)).toBe('12\u2009544');
    expect([0, 0.0123, 4.567, -30.31, 1234, 2.5e6].map(compact)).toEqual([
      '0',
      '0.0123',
      '4.57',
      '−30.3',
      '1\u2009234',
      '2.50\u2009M',
    ]);
    expect(limitText(3e-5, 0.5)).toBe('0');
    expect([-0.001, -0.126].map(twoDecimals)).toEqual(['0.00', '−0.13']);
    expect(duration(55.4)).toBe('55 s');
    expect(duration(245)).toBe('4 min 05 s');
    expect(duration(7800)).toBe('2 h 10 min');
    expect(percent(0.004)).toBe('< 1\u2009%');
    expect(percent(0)).toBe('0\u2009%');
  });

  test('age needs no common clock', () => {
    const received = { message: progress({ newestAt: 500_000, sentAt: 500_100 }), at: 9_000 };
    expect(dataAgeSeconds(received, 9_000)).toBeCloseTo(0.1);
    expect(dataAgeSeconds(received, 12_000)).toBeCloseTo(3.1);
  });

  test('a slow scan is not late for being slow', () => {
    expect(freshness(1, 100, 112)).toBe('fresh');
    expect(freshness(4, 100, 112)).toBe('late');
    expect(freshness(4, 10, 112)).toBe('fresh');
    expect(freshness(200, 10, 112)).toBe('old');
    expect(freshness(11, undefined, 112)).toBe('old');
  });
});

describe('empty states', () => {
  const scan = new FakeScan({ shape: [20, 20], epoch: 1 });
  const [thickness, , , labels] = scan.message.layers;
  const collecting = { ...scan.edgeState('Si-L', 'collecting', 400), present: 312, absent: 40 };

  test('say what is waited for', () => {
    expect(edgeWaiting(collecting, progress({}))).toBe(
      'collecting: 312 of 400 spectra with the edge before the first model',
    );
    expect(edgeWaiting({ ...collecting, status: 'unavailable', note: 'no channel there' }, undefined)).toBe(
      'edge unavailable: no channel there',
    );
    expect(edgeWaiting({ ...collecting, revision: 1 }, undefined)).toBeUndefined();
  });

  test('says of a scan that has ended what there is not, and nothing about what is to come', () => {
    for (const status of ['complete', 'aborted', 'failed'] as const) {
      const over = progress({ status });
      expect(edgeWaiting(undefined, over)).toBe('not analysed');
      expect(edgeWaiting({ ...collecting, present: 1 }, over)).toBe('no model: 1 spectrum with the edge');
      expect(mapWaiting(labels, 0, new Map([['Si-L', collecting]]), over)).toMatch(/^no model/);
      expect(mapWaiting(thickness, 0, new Map(), over)).toBe('no data');
    }
    expect(mapWaiting(thickness, 0, new Map(), progress({}))).toBe('no data yet');
  });

  test('does not call a scan complete alone beside what failed', () => {
    const alert = (severity: Alert['severity']): Alert => ({ id: severity, severity, message: 'm', at: 0 });
    expect(completeWords([alert('warning'), alert('info')])).toEqual(['complete', 'good']);
    expect(completeWords([alert('error')])).toEqual(['complete · 1 error', 'bad']);
    expect(completeWords([alert('error'), alert('error')])).toEqual(['complete · 2 errors', 'bad']);
  });

  test('explains maps that are empty', () => {
    expect(mapWaiting(thickness, 0, new Map(), progress({ spectra: 0 }))).toBe(
      'waiting for the first spectrum',
    );
    expect(mapWaiting(labels, 0, new Map([['Si-L', collecting]]), progress({}))).toMatch(/^collecting/);
    expect(mapWaiting(labels, 1, new Map(), undefined)).toBeUndefined();
  });

  test('of a pair name the edge that will never come first', () => {
    const pair = scan.message.layers.find((layer) => layer.kind === 'information');
    const never = { ...scan.edgeState('C-K', 'unavailable'), note: 'axis too short' };
    expect(
      pair &&
        mapWaiting(
          pair,
          0,
          new Map([
            ['Si-L', collecting],
            ['C-K', never],
          ]),
          progress({}),
        ),
    ).toBe('C-K: edge unavailable: axis too short');
  });
});

describe('maps', () => {
  const { layers } = new FakeScan({ shape: [4, 4], epoch: 1 }).message;

  test('are listed by quantity, without the embeddings', () => {
    const names = mapLayers(layers).map((layer) => layer.name);
    expect(names).toHaveLength(12);
    expect(names.slice(0, 3)).toEqual(['Si-L classes', 'C-K classes', 'O-K classes']);
    expect(names.length).toBeLessThanOrEqual(MAX_TILES);
  });

  test('have a tab per quantity, and channels one of their own', () => {
    expect(heroTabs(mapLayers(layers)).map((tab) => tab.name)).toEqual([
      'Classes',
      'Intensity',
      'Information',
      'Thickness',
      'HAADF',
      'Counts',
    ]);
  });

  test('of classes say how many there are', () => {
    const scan = new FakeScan({ shape: [40, 40], epoch: 1 });
    scan.scanned = 1600;
    scan.revision = 1;
    const state = scan.edgeState('Si-L', 'live');
    expect(mapContext(layers[3], new Map([['Si-L', state]]))).toMatch(/^4 classes · \d+\u2009% absent$/);
  });

  test('of local information say how large the window is', () => {
    const scan = new FakeScan({ shape: [40, 40], epoch: 1 });
    scan.scanned = 1600;
    const layer = { ...layers[3], kind: 'local-information' } as const;
    const pair = { ...scan.information('Si-L', 'C-K'), localWindow: 87 };
    expect(mapContext(layer, new Map(), pair)).toBe('window 87 px · chance taken off');
    expect(mapContext(layer, new Map())).toBe('chance taken off');
  });

  test('of flags name those that some pixels have', () => {
    const scan = new FakeScan({ shape: [40, 40], epoch: 1 });
    const layer = { ...layers[3], kind: 'flags' } as const;
    const contextOf = (flags: NonNullable<EdgeState['flags']>) =>
      mapContext(layer, new Map([['Si-L', { ...scan.edgeState('Si-L', 'live'), flags }]]));
    const no = { noSignal: 0, clamped: 0, overSubtracted: 0, level: 0 };
    expect(contextOf({ ...no, clamped: 3, level: 120 })).toBe(
      'background does not fall · level of the detector',
    );
    expect(contextOf(no)).toBe('none');
    expect(mapContext(layer, new Map())).toMatch(/^no signal · .* · over-subtracted · level/);
  });

  test('short names stay unambiguous', () => {
    expect(shortPair('Si-L~C-K', ['Si-L', 'C-K'])).toBe('Si × C');
    expect(shortPair('Si-L~Si-K', ['Si-L', 'Si-K'])).toBe('Si-L × Si-K');
  });
});

describe('spectra', () => {
  const scan = new FakeScan({ shape: [40, 40], epoch: 1 });
  scan.scanned = 1600;
  scan.modelled = 1600;
  scan.revision = 1;
  const { edges } = scan.message;
  const pixel = 40 * 8 + 10;
  const spectrum = scan.spectrum(pixel, 1);

  test('raw: the counts with each background in its place', () => {
    const figure = pixelFigure(spectrum, 'raw', edges, 'Si-L');
    expect(figure.lines.map((line) => line.name)).toEqual([
      'as recorded',
      'Si-L background',
      'C-K background',
      'O-K background',
    ]);
    const first = spectrum.edges[1].firstChannel;
    expect(figure.lines[2].values[first - 1]).toBeNull();
    expect(figure.lines[2].values[first]).toBe(spectrum.edges[1].background[0]);
    expect(figure.energies[first]).toBeCloseTo(edges[1].fitWindow[0], 0);
  });

  test('net: what was analysed, not what was recorded, less background, channel by channel', () => {
    const { lines } = pixelFigure(spectrum, 'net', edges, 'Si-L');
    const part = spectrum.edges[0];
    const channel = part.firstChannel + 20;
    expect(lines[0].values[channel]).toBeCloseTo(part.counts[20] - part.background[20]);
    expect(lines[0].values[part.firstChannel + part.background.length]).toBeNull();
  });

  test('classes: a line each, in a colour of its own', () => {
    const [state] = withPlaces([scan.edgeState('C-K', 'live')]);
    const figure = classFigure(scan.classSpectra('C-K'), state, edges);
    expect(figure.lines.map((line) => line.identity)).toEqual([0, 1, 2]);
    expect(new Set(figure.lines.map((line) => line.colour)).size).toBe(3);
  });

  test('show the windows of the edges, within the axis', () => {
    const axis = { offset: 70, dispersion: 0.5, units: 'eV' } as const;
    const [from, to] = windowsRange([edgeAt('Si-L', 99)], axis, 1024);
    expect(from).toBeGreaterThanOrEqual(70);
    expect(to).toBeLessThan(140);
    expect(windowsRange([edgeAt('La-M', 832)], axis, 1024)).toEqual([70, 581.5]);
    expect(positiveOnly([1, 0, -2, null])).toEqual([1, null, null, null]);
  });

  test('a pair is told in a sentence', () => {
    expect(matrixSentence(scan.information('Si-L', 'C-K'))).toMatch(
      /^Mutual information of Si-L and C-K: \d\.\d\d nats over 1\u2009600 pixels, p < 0\.001\. Strongest: Si-L class \d with C-K (class \d|absent), /,
    );
  });
});

describe('verdicts', () => {
  const scan = new FakeScan({ shape: [40, 40], epoch: 1 });
  scan.scanned = scan.pixels;
  scan.modelled = scan.pixels;
  scan.revision = 1;
  const pair = scan.information('Si-L', 'O-K');

  test('say what a figure is worth, in words where there is no probability', () => {
    expect(informationContext(pair)).toMatch(/^\d\.\d\d nats · \d\.\d\d above chance · p < 0\.001$/);
    expect(verdictText({ verdict: 'not shown', pValue: 0.3124 })).toBe('may be chance, p = 0.31');
    expect(verdictText({ verdict: 'too few independent areas' })).toBe('too few independent areas');
    expect(verdictText({ verdict: 'explained by thickness', pValue: 1e-9 })).toBe('explained by thickness');
    expect(informationContext({ ...pair, corrected: -0.01 })).toContain(' 0.00 above chance');
  });

  test('of a cell tell chance from candidates, and never speak of bonds', () => {
    const [best] = pair.pairs;
    const [i, j] = [pair.rows.indexOf(best.a), pair.columns.indexOf(best.b)];
    expect(cellVerdict(pair, i, j)).toMatch(/^\d+(\.\d)? σ above chance, co-occurrence candidate$/);
    expect(cellVerdict({ ...pair, zCritical: 1e9 }, i, j)).toBe('may be chance');
    expect(cellVerdict({ ...pair, verdict: 'too few independent areas' }, i, j)).toBe('may be chance');
    const everything = pair.rows.flatMap((_, row) =>
      pair.columns.map((__, column) => cellVerdict(pair, row, column)),
    );
    expect(everything.join()).not.toMatch(/bond/);
    expect(everything.some((text) => text.endsWith('below chance'))).toBe(true);
  });
});

describe('connection', () => {
  test('waits longer each time, up to a limit, never all at once', () => {
    expect(backoffMs(1, () => 0)).toBe(250);
    expect(backoffMs(1, () => 1)).toBe(500);
    expect(backoffMs(4, () => 1)).toBe(4000);
    expect(backoffMs(1000, () => 1)).toBe(15_000);
    expect(backoffMs(1000, () => 0)).toBe(7500);
  });

  test('reads what it knows, ignores what is newer, refuses what is broken', () => {
    const decodeMessage = (text: string) => checkedMessage(parseMessages(text)[0]);
    expect(decodeMessage(JSON.stringify(progress({})))).toMatchObject({ type: 'progress', spectra: 100 });
    expect(decodeMessage('{"type":"forecast","ticks":[]}')).toBeUndefined();
    expect(decodeMessage('{"type":"toString"}')).toBeUndefined();
    expect(() => decodeMessage('{"type":"edge","epoch":1}')).toThrow(/message edge: name: expected/);
    expect(decodeMessage(JSON.stringify(fakePlan()))).toEqual(fakePlan());
    const { regions: _, ...torn } = fakePlan();
    expect(() => decodeMessage(JSON.stringify(torn))).toThrow(/message plan: regions: expected/);
    expect(() => decodeMessage('[1]')).toThrow(InputError);
    expect(parseMessages('[1, 2]')).toEqual([1, 2]);
    expect(() => decodeMessage('null')).toThrow(InputError);
    expect(() => decodeMessage('{')).toThrow(/expected JSON/);
  });
});

describe('shortcuts', () => {
  test('no key means two things', () => {
    const keys = SHORTCUTS.flatMap(({ keys: own, ctrl }) => own.map((key) => (ctrl ? `Ctrl ${key}` : key)));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test('a scan is waited for where the monitor looks, or where producers push to', () => {
  const hello = (part: object) => ({
    type: 'hello' as const,
    sessionId: 'a',
    version: '1',
    capabilities: [],
    ...part,
  });
  const page = { protocol: 'http:', host: '127.0.0.1:8765' };
  expect(waitingWords(undefined, page)).toBe('waiting for a scan');
  expect(waitingWords(hello({ awaits: '/data/scans' }), page)).toBe('waiting for a scan in /data/scans');
  expect(waitingWords(hello({ awaits: 'producers on /ingest', capabilities: ['ingest'] }), page)).toBe(
    'waiting for a scan: producers push spectra to ws://127.0.0.1:8765/ingest',
  );
});
