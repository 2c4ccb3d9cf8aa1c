/** Symbols of the elements up to lawrencium. */
const SYMBOLS = new Set(
  `H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh
  Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra
  Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr`.split(/\s+/),
);

const EDGE = /^([A-Z][a-z]?)-[KLMNO]/;
/** Elements with numbers between brackets, as `La0.7Sr0.3MnO3` or `Ca(OH)2`. */
const FORMULA = /^(?:[A-Z][a-z]?|[()[\]]|\d+(?:\.\d+)?|[xyδ+-])+$/;

/** The element of an edge by its name, `Si` of `Si-L`; an edge of another name stands for itself. */
export const elementOfEdge = (edge: string): string => {
  const symbol = EDGE.exec(edge)?.[1];
  return symbol !== undefined && SYMBOLS.has(symbol) ? symbol : edge;
};

/**
 * The elements in the name of a phase: of `SiO2` Si and O, of `a-C` C, of `rutile TiO2` Ti and O, of the mixture `Si + SiO2` both.
 * Empty for a name without a formula (`graphite`).
 */
export function elementsOfName(name: string): Set<string> {
  const elements = new Set<string>();
  // A lower-case prefix says which form it is: `a-C`, `alpha-Fe2O3`.
  for (const word of name.split(/[\s,;_]+|(?<=\b[a-zα-ω]+)-/u)) {
    const symbols = FORMULA.test(word) ? (word.match(/[A-Z][a-z]?/g) ?? []) : [];
    if (symbols.every((symbol) => SYMBOLS.has(symbol))) for (const symbol of symbols) elements.add(symbol);
  }
  return elements;
}
