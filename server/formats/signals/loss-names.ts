import { extname } from 'node:path';

/** What the name of a file or image says of its place in a DualEELS pair. */
export interface LossName {
  kind: 'low' | 'core';
  /** The name without that, as it stands before and after it. */
  before: string;
  after: string;
}

/** A word for one of the two spectra, between separators, brackets, or the ends of the name. */
const WORD =
  /(^|[\s_-])[([]?(?:(low[-_ ]?loss|zero[-_ ]?loss|LL|ZLP)|(?:high|core)[-_ ]?loss|HL|CL)[)\]]?(?=$|[\s_-])/i;

/** What a name without its suffix says; undefined where it says neither. */
export function lossName(stem: string): LossName | undefined {
  const match = WORD.exec(stem);
  if (!match) return undefined;
  return {
    kind: match[2] === undefined ? 'core' : 'low',
    before: stem.slice(0, match.index),
    after: stem.slice(match.index + match[0].length).replace(/^[\s_-]/, ''),
  };
}

/**
 * Files of one acquisition by their names: `X (high-loss).dm4` with `X (low-loss).dm4`, also with `core loss`, `HL`, `LL` or `ZLP`
 * and other separators, else `X.dm4` with `X (low-loss).dm4`. Suffixes are the same.
 * @returns the name of the low loss by that of the core loss
 */
export function lossPairs(names: readonly string[]): Map<string, string> {
  const cores = new Map<string, string>();
  const plain = new Map<string, string>();
  const lows: { name: string; suffix: string; loss: LossName }[] = [];
  const key = ({ before, after }: Pick<LossName, 'before' | 'after'>, suffix: string) =>
    `${before}\0${after}\0${suffix}`;
  for (const name of [...names].sort()) {
    const suffix = extname(name);
    const stem = name.slice(0, name.length - suffix.length);
    const loss = lossName(stem);
    if (loss?.kind === 'low') lows.push({ name, suffix: suffix.toLowerCase(), loss });
    else if (loss) cores.set(key(loss, suffix.toLowerCase()), name);
    else plain.set(`${stem}${suffix.toLowerCase()}`, name);
  }
  const pairs = new Map<string, string>();
  for (const { name, suffix, loss } of lows) {
    const { before, after } = loss;
    const joined =
      before === '' || after === ''
        ? [before + after]
        : [' ', '_', '-'].map((separator) => before + separator + after);
    const core =
      cores.get(key(loss, suffix)) ??
      joined.map((stem) => plain.get(`${stem}${suffix}`)).find((found) => found !== undefined);
    if (core !== undefined && !pairs.has(core)) pairs.set(core, name);
  }
  return pairs;
}
