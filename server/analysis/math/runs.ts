/** Maximal runs [start, end) of indices below `count` for which `sound` holds, ascending. */
export function* runs(count: number, sound: (place: number) => boolean): Generator<[number, number]> {
  for (let start = 0; start < count; start++) {
    if (!sound(start)) continue;
    let end = start + 1;
    while (end < count && sound(end)) end++;
    yield [start, end];
    start = end;
  }
}
