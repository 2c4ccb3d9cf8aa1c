import { describe, expect, it } from 'vitest';
import { eventWords } from '../../client/model/words/class-events.ts';
import {
  classMark,
  classTitle,
  verdictSentence,
  verdictText,
  withSubscripts,
} from '../../client/model/words/class-names.ts';
import type { ClassState } from '../../protocol/index.ts';

const state = (more: Partial<ClassState> = {}): ClassState => ({
  label: 3,
  colour: 7,
  count: 10,
  centroid: [0, 0],
  ...more,
});

describe('what a class is called', () => {
  it('sets the figures of a formula low, and no others', () => {
    expect(withSubscripts('SiO2')).toBe('SiO₂');
    expect(withSubscripts('(La0.7,Sr0.3)MnO3')).toBe('(La₀.₇,Sr₀.₃)MnO₃');
    expect(withSubscripts('Si + SiO2')).toBe('Si + SiO₂');
    expect(withSubscripts('a-C')).toBe('a-C');
  });

  it('is its name only where references match, else its number', () => {
    const match = state({ verdict: 'match', name: 'SiO2', score: 0.976, margin: 0.4 });
    expect([classTitle(match), classMark(match), verdictText(match)]).toEqual(['SiO₂', 'SiO₂', 'match 0.98']);
    const close = state({ ...match, second: { name: 'B4C', score: 0.576 } });
    expect(verdictText(close)).toBe('match 0.98, next B₄C 0.58');
    const far = state({ ...match, second: { name: 'Si', score: -0.21 } });
    expect(verdictText(far)).toBe('match 0.98, next Si −0.21');
    const none = state({
      verdict: 'no match',
      best: 'SiO2',
      score: 0.61,
      verdictNote: 'most like SiO2, but not enough',
    });
    expect([classTitle(none), classMark(none), verdictText(none)]).toEqual([
      'class 3',
      '3',
      'no match: SiO₂ 0.61',
    ]);
    expect(verdictText(state({ verdict: 'only reference', best: 'SiO2', score: 0.9 }))).toBe(
      'only reference: SiO₂ 0.90',
    );
    expect(verdictText(state())).toBe('');
  });

  it('is explained in a sentence', () => {
    const sentence = verdictSentence(
      state({ verdict: 'ambiguous', score: 0.95, margin: 0.001, verdictNote: 'SiO2 or B4C' }),
    );
    expect(sentence).toBe(
      'Ambiguous: SiO₂ or B₄C; best correlation with the reference 0.950, 0.00 ahead of the next',
    );
    const second = { name: 'B4C', score: 0.57 };
    expect(
      verdictSentence(state({ verdict: 'match', name: 'SiO2', score: 0.95, margin: 0.38, second })),
    ).toBe('SiO₂: correlation with the reference 0.950, 0.38 ahead of B₄C (0.570)');
    expect(verdictSentence(state())).toBe('Not compared with references');
  });
});

describe('what happened to the classes', () => {
  const classes = [{ label: 3, colour: 7, count: 10, centroid: [0, 0] as [number, number] }];

  it('is said by the number a class has now', () => {
    expect(eventWords({ kind: 'birth', colour: 7, present: 1204 }, classes)).toMatch(
      /^class 3 is new at 1.204 spectra$/,
    );
    expect(eventWords({ kind: 'birth', colour: 2, present: 50 }, classes)).toBe('a new class at 50 spectra');
    expect(eventWords({ kind: 'death', colour: 2, present: 50 }, classes)).toBe(
      'a class was merged into others at 50 spectra',
    );
    expect(eventWords({ kind: 're-learning', churn: 0.12, present: 50 }, classes)).toMatch(
      /^classes learned anew at 50 spectra, 12.%.changed$/,
    );
  });
});
