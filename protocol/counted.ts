/** `pixel` for one of them, `pixels` for any other number. @param many where it is not `one` with an s */
export const nounFor = (count: number, one: string, many = `${one}s`): string => (count === 1 ? one : many);

/** `1 pixel`, `2 pixels`. @param many where it is not `one` with an s */
export const counted = (count: number, one: string, many?: string): string =>
  `${count} ${nounFor(count, one, many)}`;
