const FACTORS: Record<string, number> = { '': 1, k: 1000, K: 1000, m: 1e-3 };

/** `eV` by itself, behind a label or in its brackets: `Energy Loss (eV)`, `[keV]`, `eV/ch`. */
const SYMBOL = /(?:^|[\s([])([kKmM]?)[eE][\s_]?[vV](?=$|[\s)\]/,;.])/;
const WORD = /(?:^|[\s([])(kilo|milli)?[- ]?electron[- ]?volts?(?=$|[\s)\]/,;.])/i;
/** Units are short; what is longer is none. */
const LONGEST = 80;

/**
 * How many eV a unit of energy is, as writers spell it: with padding, in any case, with a label around it.
 * @returns undefined for a text that names none
 */
export function energyUnit(text: string | undefined): number | undefined {
  if (text === undefined || text.length > LONGEST) return undefined;
  // Some writers fill fields of fixed length with zeros.
  const plain = text.replaceAll('\0', ' ').trim();
  const word = WORD.exec(plain);
  if (word) return FACTORS[(word[1] ?? '').toLowerCase().slice(0, 1)];
  const symbol = SYMBOL.exec(plain);
  return symbol ? FACTORS[symbol[1]] : undefined;
}
