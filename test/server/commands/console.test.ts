import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Console } from '../../../server/commands/console.ts';
import { RepeatedLines } from '../../../server/commands/repeated-lines.ts';

describe('lines that are said again and again', () => {
  let now: number;
  let printed: string[];
  let lines: RepeatedLines;
  beforeEach(() => {
    now = 0;
    printed = [];
    lines = new RepeatedLines({
      print: (line, times) => printed.push(times === undefined ? line : `${line} × ${times}`),
      now: () => now,
    });
  });
  afterEach(() => lines.end());

  it('are printed once, and once with their number', () => {
    for (let n = 0; n < 20_000; n++) lines.say('fault', 'refused');
    lines.end();
    expect(printed).toEqual(['refused', 'refused × 19999']);
  });

  it('are told of ever more seldom while they go on, and at once when they were over', () => {
    for (let n = 0; n < 100; n++, now += 1000) lines.say('fault', 'refused');
    expect(printed).toEqual(['refused', 'refused × 9', 'refused × 20', 'refused × 40']);
    now += 1_000_000;
    lines.look();
    now += 1_000_000;
    lines.say('fault', 'refused');
    expect(printed.slice(4)).toEqual(['refused × 30', 'refused']);
  });

  it('that differ are printed, but not without end', () => {
    for (let n = 0; n < 50; n++) lines.say('fault', `pixel ${n}`);
    lines.say('other', 'something else');
    lines.end();
    expect(printed.slice(0, 5)).toEqual([0, 1, 2, 3, 4].map((n) => `pixel ${n}`));
    expect(printed.slice(5)).toEqual(['something else', 'pixel 49 × 45']);
  });
});

describe('what comes from anywhere', () => {
  const written: string[] = [];
  beforeEach(() => {
    written.length = 0;
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const evil = 'scan\x1b[2J\u009b31m\r\nfake: \u202etxt';
  const alert = { id: evil, severity: 'error', message: `${evil}: bad`, tip: evil, at: 0 } as const;

  it.each([true, false])('is never given raw to a terminal (JSON: %s)', (json) => {
    const terminal = new Console({ json, 'log-level': 'info' });
    terminal.alert(alert);
    terminal.alert(alert);
    terminal.event('serving', { url: evil });
    terminal.references({ references: [], unusable: [{ file: evil, reason: evil }], notes: [evil] });
    terminal.end();
    const lines = written.join('').split('\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      expect(line).not.toMatch(/\p{Cc}|\u202e/u);
      if (json && line !== '') expect(() => JSON.parse(line)).not.toThrow();
    }
    const repeated = json ? '"repeated":1' : '(1 times more)';
    expect(lines.filter((line) => line.includes(repeated))).toHaveLength(1);
  });
});
