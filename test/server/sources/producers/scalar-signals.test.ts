import { describe, expect, it } from 'vitest';
import { type IngestSpectra, parseIngestMessage } from '../../../../protocol/ingest.ts';
import { blockOf } from '../../../../server/sources/producers/producer.ts';

const spectra = { type: 'spectra', first: 0, count: 2, data: new Uint8Array(4) };
const signalsOf = (message: object) =>
  blockOf(parseIngestMessage({ ...spectra, ...message }) as IngestSpectra).signals;

describe('scalar signals of a producer', () => {
  it('are read from `signals`, and from its older name `channels`', () => {
    const HAADF = [1, 2];
    expect(signalsOf({ signals: { HAADF } })).toEqual([['HAADF', Float32Array.of(1, 2)]]);
    expect(signalsOf({ channels: { HAADF } })).toEqual([['HAADF', Float32Array.of(1, 2)]]);
  });

  it('are those of `signals` where a message has both, so that a producer can serve old and new monitors', () => {
    const both = { signals: { HAADF: [1, 2] }, channels: { HAADF: [1, 2], BF: [3, 4] } };
    expect(signalsOf(both).map(([name]) => name)).toEqual(['HAADF']);
  });
});
