import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseCommandLine } from '../../server/config.ts';
import { WrongTokens } from '../../server/hub/wrong-tokens.ts';
import { isToken } from '../../server/token.ts';

const createToken = () => randomBytes(16).toString('hex');
const tokenOf = (args: string[], environment: Record<string, string> = {}) => {
  const line = parseCommandLine(args, environment);
  return line.kind === 'run' ? line.options.token : line.kind;
};

it('comes from the option, a file or the environment, in this order', () => {
  const folder = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  const [option, file, variable] = [createToken(), createToken(), createToken()];
  const path = join(folder, 'token');
  const environment = { EELWATCH_TOKEN: variable };
  try {
    writeFileSync(path, `${file}\n`);
    expect(tokenOf(['listen', '--token', option], environment)).toBe(option);
    expect(tokenOf(['listen', '--token-file', path], environment)).toBe(file);
    expect(tokenOf(['listen'], environment)).toBe(variable);
    expect(tokenOf(['listen'])).toBeUndefined();
    expect(tokenOf(['sessions'], environment)).toBeUndefined();
    expect(() => tokenOf(['listen', '--token', option, '--token-file', path])).toThrow('found both');
    expect(() => tokenOf(['listen'], { EELWATCH_TOKEN: 'short' })).toThrow(
      'EELWATCH_TOKEN: token: expected 32 or more of A–Z, a–z, 0–9, - and _ that chance has chosen, found 5 characters',
    );
    writeFileSync(path, 'a'.repeat(40));
    expect(() => tokenOf(['listen', '--token-file', path])).toThrow(`${path}: token: expected 32 or more`);
    expect(() => tokenOf(['listen', '--token-file', join(folder, 'none')])).toThrow('--token-file: expected');
    // What was meant to be secret is not repeated.
    const almost = `${option} `;
    expect(() => tokenOf(['listen', '--token', almost])).not.toThrow(option);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('is one that chance has chosen', () => {
  for (let n = 0; n < 200; n++) {
    expect(isToken(createToken())).toBe(true);
    expect(isToken(randomBytes(32).toString('base64url'))).toBe(true);
  }
  const half = createToken().slice(0, 20);
  for (const weak of [half + half, `${half}${half}${half.slice(0, 7)}`, 'ab'.repeat(20), '9'.repeat(99)])
    expect(isToken(weak)).toBe(false);
});

it('wrong ones are counted by network, and forgotten', () => {
  let now = 0;
  const wrong = new WrongTokens(() => now);
  const last = (address: string, count: number) => {
    let wait: number | undefined;
    for (let n = 0; n < count; n++) wait = wrong.count(address);
    return wait;
  };
  expect(last('10.0.0.1', 62)).toBe(2);
  expect(last('::ffff:10.0.0.1', 1)).toBe(4);
  expect(last('10.0.0.2', 1)).toBeUndefined();
  expect(last('2001:db8:1:2:3:4:5:6', 60)).toBeUndefined();
  expect(last('2001:db8:1:2:ffff:4:5:7', 1)).toBe(1);
  expect(last('2001:db8:1:3::7', 1)).toBeUndefined();
  now = 60_001;
  expect(last('10.0.0.1', 1)).toBeUndefined();
  // However many addresses there are, little is kept.
  for (let n = 0; n < 5000; n++) wrong.count(`10.1.${n >> 8}.${n & 255}`);
  expect(last('10.0.0.1', 60)).toBeUndefined();
});
