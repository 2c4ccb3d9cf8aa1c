import { expect, test } from 'vitest';
import { pausedWords } from '../../client/model/words/paused-words.ts';
import type { Progress, ScanStatus } from '../../protocol/index.ts';

const at = (spectra: number, status: ScanStatus = 'live') => ({
  at: 1000,
  message: {
    type: 'progress',
    epoch: 1,
    status,
    spectra,
    total: 1280,
    nextPixel: spectra,
    elapsedSeconds: 3,
    newestAt: 400,
    sentAt: 500,
    backlog: 0,
  } satisfies Progress,
});

test('a paused picture says how old it is, how far behind, and that the scan is over meanwhile', () => {
  expect(pausedWords(at(64), at(64), [20, 64], 1400)).toBe('picture 0.5 s old');
  expect(pausedWords(at(64), at(130), [20, 64], 12_900)).toBe('picture 12 s old · 1 row behind');
  expect(pausedWords(at(64), at(1280, 'complete'), [20, 64], 60_900)).toBe(
    'picture 1 min 00 s old · 19 rows behind · scan complete',
  );
  expect(pausedWords(at(64), at(100, 'aborted'), [1, 640], 1400)).toBe(
    'picture 0.5 s old · 36 pixels behind · scan ended early',
  );
});
