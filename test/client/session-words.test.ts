import fc from 'fast-check';
import { expect, test } from 'vitest';
import { liveWords } from '../../client/model/recordings/background-scan.ts';
import { foremost, markLines, stalls } from '../../client/model/recordings/timeline-marks.ts';
import { fileSize, notReplayable, shapeWords, statusWords } from '../../client/model/words/session-words.ts';
import { clockText, elapsedText, localMidnight } from '../../client/model/words/time-words.ts';
import { sessionEntry } from '../support/fake-sessions.ts';

test('sizes are in decimal units, never without one', () => {
  expect([0, 512, 34_500, 2.1e6, 812.4e6, 1.2e9, 34e9].map(fileSize)).toEqual([
    '0\u2009kB',
    '1\u2009kB',
    '35\u2009kB',
    '2.1\u2009MB',
    '812\u2009MB',
    '1.20\u2009GB',
    '34.0\u2009GB',
  ]);
});

test('a session says how it ended, its shape, and why it cannot be opened', () => {
  const entry = sessionEntry('a', { passes: 3 });
  expect(shapeWords(entry)).toBe('32 × 32 · 3 passes');
  expect(statusWords({ ...entry, status: 'open', recording: true })).toBe('recording now');
  expect(statusWords({ ...entry, status: 'open' })).toBe('not ended');
  expect(statusWords({ ...entry, status: 'aborted' })).toBe('ended early');
  expect(statusWords({ ...entry, status: 'complete', hasResults: true })).toBe('complete');
  expect(statusWords({ ...entry, status: 'complete', hasResults: false })).toBe('complete · no final maps');
  expect(notReplayable(entry)).toBeUndefined();
  expect(notReplayable({ canReplay: false })).toContain('not replayed');
});

test('the clock has as many places as the labels are apart', () => {
  const at = new Date(2026, 10, 27, 14, 3, 9, 250).getTime();
  expect(clockText(at, 3_600_000)).toBe('14:03');
  expect(clockText(at, 10_000)).toBe('14:03:09');
  expect(clockText(at, 100)).toBe('14:03:09.3');
  expect(clockText(at, 50)).toBe('14:03:09.25');
  expect(new Date(localMidnight(at)).getHours()).toBe(0);
  expect(at - localMidnight(at)).toBe(((14 * 60 + 3) * 60 + 9) * 1000 + 250);
});

test('elapsed time bears its unit', () => {
  expect(elapsedText(12_500, 500, 40_000)).toBe('12.5\u2009s');
  expect(elapsedText(200_000, 10_000, 600_000)).toBe('3:20\u2009min');
  expect(elapsedText(3_900_000, 600_000, 8_000_000)).toBe('1:05\u2009h');
  expect(elapsedText(3_905_000, 1000, 8_000_000)).toBe('1:05:05\u2009h');
});

test('the live scan says how far it is, and how far ahead only where it is the one on show', () => {
  const status = {
    status: 'live',
    scan: { id: 'a', name: 'anode', shape: [100, 50] as [number, number] },
    progress: { spectra: 2250, total: 5000 },
  };
  expect(liveWords(status)).toBe('live: anode 45\u2009%');
  expect(liveWords({ ...status, scan: { ...status.scan, name: 'Simulated Si-C-O anode, core loss' } })).toBe(
    'live: Simulated Si-C-O anod… 45\u2009%',
  );
  expect(liveWords(status, { id: 'a', isRecording: true, row: 22 })).toBe(
    'live: anode 45\u2009%, 23 rows ahead',
  );
  expect(liveWords(status, { id: 'a', isRecording: false, row: 22 })).toBe('live: anode 45\u2009%');
  expect(liveWords(status, { id: 'b', isRecording: true, row: 22 })).toBe('live: anode 45\u2009%');
  expect(liveWords(status, { id: 'a', isRecording: true, row: 45 })).toBe('live: anode 45\u2009%');
});

test('of marks in one place the one that must not be overlooked gives the looks, and many are not all named', () => {
  const mark = (kind: 'refit' | 'alert' | 'stalled', severity?: 'error' | 'info') => ({
    at: 0,
    kind,
    text: kind,
    ...(severity && { severity }),
  });
  expect(foremost([mark('refit'), mark('alert', 'info'), mark('stalled')]).kind).toBe('stalled');
  expect(foremost([mark('stalled'), mark('alert', 'error')]).kind).toBe('alert');
  expect(markLines(Array.from({ length: 8 }, () => mark('refit'))).at(-1)).toBe('and 3 more');
});

test('a stall lasts until spectra come again, or to the end, and stalls never overlap', () => {
  expect(
    stalls({
      end: 90,
      marks: [
        { at: 5, kind: 'resumed', text: '' },
        { at: 10, kind: 'stalled', text: '' },
        { at: 20, kind: 'resumed', text: '' },
        { at: 70, kind: 'stalled', text: '' },
      ],
    }),
  ).toEqual([
    { from: 10, to: 20 },
    { from: 70, to: 90 },
  ]);
  const kinds = fc.constantFrom('stalled' as const, 'resumed' as const, 'refit' as const);
  fc.assert(
    fc.property(fc.array(kinds), (order) => {
      const marks = order.map((kind, at) => ({ at, kind, text: '' }));
      const found = stalls({ end: order.length, marks });
      for (let i = 1; i < found.length; i++) expect(found[i].from).toBeGreaterThan(found[i - 1].to);
    }),
  );
});
