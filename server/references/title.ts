export interface Title {
  /** As it is shown and compared: `SiO2`, `(La0.7,Sr0.3)MnO3`. */
  phase: string;
  /** `Si-L`, `O-K`: element and shell; L stands for L2,3 and M for M4,5. */
  edge?: string;
  lowLoss: boolean;
}

/** Shells as titles write them; L1 and M1 to M3 are other edges than the tables' L and M. */
const SHELLS: Record<string, string> = {
  K: 'K',
  L: 'L',
  L2: 'L',
  L3: 'L',
  L23: 'L',
  'L2,3': 'L',
  L1: 'L1',
  M: 'M',
  M4: 'M',
  M5: 'M',
  M45: 'M',
  'M4,5': 'M',
};

/**
 * Phase and edge of a title like `a_SiO2_Si_L3_S_Schamm_63`, as the EELS Data Base writes them: phase, element, shell, then
 * whatever. Modifications (`a_`, `alpha-`, `(hex)`) are left out of the phase's name: they do not compete with each other.
 * A title that says no edge is the phase as a whole.
 */
export function readTitle(title: string): Title {
  const lowLoss = /low[-_ ]?loss/i.test(title);
  const match = /^(.+?)_([A-Z][a-z]?)_(K|L2,3|L23|L[123]?|M4,5|M45|M[45]?)(?:_|$)/.exec(title);
  if (!match) return { phase: plain(title), lowLoss };
  const [, phase, element, shell] = match;
  return { phase: plain(phase), edge: `${element}-${SHELLS[shell]}`, lowLoss };
}

const plain = (phase: string): string =>
  phase
    .replace(/^(a|alpha|beta|gamma)[-_](?=[A-Z(])/, '')
    .replace(/[_ ]*\((alpha|beta|gamma|hex|cubic|rutile|anatase)\)$/i, '')
    .replace(/[_ ]EELS\b.*$/i, '')
    // A decimal point cannot be in a file's name.
    .replace(/(\d)_(?=\d)/g, '$1.')
    .replace(/_+/g, ' ')
    .trim();
