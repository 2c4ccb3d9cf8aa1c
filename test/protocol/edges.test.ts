import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeAt, InputError, KNOWN_EDGES, parseEdge, parseEdges } from '../../protocol/index.ts';

describe('an edge', () => {
  it('of the table has windows on both sides of its onset, in order', () => {
    for (const name of KNOWN_EDGES) {
      const { onsetEv, fitWindow, signalWindow } = parseEdge(name);
      expect(fitWindow[0]).toBeGreaterThan(0);
      expect(fitWindow[0]).toBeLessThan(fitWindow[1]);
      expect(fitWindow[1]).toBeLessThan(onsetEv);
      expect(fitWindow[1]).toBeLessThanOrEqual(signalWindow[0]);
      expect(signalWindow[0]).toBeLessThanOrEqual(onsetEv);
      expect(signalWindow[1]).toBeGreaterThan(onsetEv + 20);
    }
  });

  it('of the anode lies where it is known to lie', () => {
    expect(['Si-L', 'C-K', 'O-K', 'Ti-L', 'La-M'].map((name) => parseEdge(name).onsetEv)).toEqual([
      99, 284, 532, 456, 832,
    ]);
  });

  it('of the table is known whatever its case', () => {
    for (const name of KNOWN_EDGES)
      for (const text of [name.toLowerCase(), name.toUpperCase()])
        expect(parseEdge(text)).toEqual(parseEdge(name));
    expect(parseEdge('si-l:101').name).toBe('Si-L');
    expect(() => parseEdges('si-l,Si-L')).toThrow('expected each name once');
  });

  it('may be one of the user’s own, with or without windows', () => {
    expect(parseEdge(' X-K:410.5 ')).toEqual(edgeAt('X-K', 410.5));
    expect(parseEdge('X-K:400:340-390:395.5-450')).toEqual({
      name: 'X-K',
      onsetEv: 400,
      fitWindow: [340, 390],
      signalWindow: [395.5, 450],
      windowsGiven: true,
    });
    expect(parseEdge('Si-L:101').onsetEv).toBe(101);
  });

  const bad: [string, string][] = [
    ['Xx-K', 'edge "Xx-K": name: not in the built-in table (Li-K'],
    ['', 'edge "": name: expected letters, digits, dots and dashes'],
    ['../etc:5', 'edge "../etc:5": name: expected letters, digits, dots and dashes'],
    ['a b:5', 'edge "a b:5": name: expected'],
    ['X:zero', 'edge "X:zero": onset: expected an energy loss in eV, found "zero"'],
    ['X:-5', 'edge "X:-5": onset'],
    ['X:', 'edge "X:": onset'],
    ['X:Infinity', 'edge "X:Infinity": onset'],
    ['X:400:340-390', 'edge "X:400:340-390": signal window: expected fit0-fit1:signal0-signal1'],
    [
      'X:400:390-340:395-450',
      'edge "X:400:390-340:395-450": fit window: expected from-to in eV with from < to, found "390-340"',
    ],
    ['X:400:340-390:395', 'edge "X:400:340-390:395": signal window: expected from-to'],
    ['X:500:340-390:395-450', 'onset: expected within its own windows, 340–450 eV, found 500 eV'],
    ['X:339:340-390:395-450', 'onset: expected within its own windows, 340–450 eV, found 339 eV'],
    ['X:450:340-390:395-450', 'onset: expected within its own windows, 340–450 eV, found 450 eV'],
    ['X:400:340-396:395-450', 'windows: expected the fit window to end before the signal window begins'],
    ['X:400:340-390:395-450:7', 'form: expected Name:onset:fit0-fit1:signal0-signal1'],
  ];
  for (const [text, message] of bad)
    it(`is refused in words: ${text || 'nothing'}`, () => {
      expect(() => parseEdge(text)).toThrow(message);
      expect(() => parseEdge(text)).toThrow(InputError);
    });

  it('at any onset that is used gets windows in order', () => {
    fc.assert(
      fc.property(fc.double({ min: 30, max: 3000, noNaN: true }), (onset) => {
        const { fitWindow, signalWindow } = edgeAt('X', onset);
        expect(fitWindow[0]).toBeGreaterThan(0);
        expect(fitWindow[0]).toBeLessThan(fitWindow[1]);
        expect(fitWindow[1]).toBeLessThanOrEqual(signalWindow[0]);
        expect(signalWindow[0]).toBeLessThan(signalWindow[1]);
      }),
    );
  });
});

describe('a list of edges', () => {
  it('keeps its order', () => {
    expect(parseEdges('O-K, Si-L,X:77').map(({ name }) => name)).toEqual(['O-K', 'Si-L', 'X']);
  });

  it('is neither empty nor ambiguous', () => {
    for (const text of ['', ','])
      expect(() => parseEdges(text)).toThrow('--edges: list: expected at least one edge');
    expect(() => parseEdges('Si-L,C-K,Si-L:101')).toThrow('--edges: list: expected each name once');
  });
});
