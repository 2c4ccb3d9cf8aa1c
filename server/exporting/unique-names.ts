/** Names of which some are the same, told apart by numbers behind them, whatever their case: `a`, `a 2`. */
export function uniqueNames(names: readonly string[], separator = ' '): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let n = 2; taken.has(unique.toLowerCase()); n++) unique = `${name}${separator}${n}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}
