const NUMBER = /^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:\s*[eE]\s*[+-]?\d+)?/;
/** `1,250` may be one and a quarter or a thousand; `0,250` and `1,250E2` may not. */
const MAY_BE_THOUSANDS = /^[+-]?[1-9]\d{0,2},\d{3}$/;

/**
 * The number that a header's field begins with, in eV, kV or whatever the field is in; the decimal sign may be a comma.
 * @returns undefined where there is none, NaN where a comma may be a decimal sign or not
 */
export function headerNumber(text: string | undefined): number | undefined {
  const found = NUMBER.exec(text ?? '')?.[0];
  if (text === undefined || found === undefined) return undefined;
  if (MAY_BE_THOUSANDS.test(found) || /^[.,]\d/.test(text.slice(found.length, found.length + 2)))
    return Number.NaN;
  return Number(found.replace(/\s/g, '').replace(',', '.'));
}

/** The number that a field is, and nothing else; otherwise as `headerNumber`, NaN for what is no number. */
export function wholeHeaderNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return NUMBER.exec(text)?.[0].length === text.length ? headerNumber(text) : Number.NaN;
}

/** Whether a field's number has a comma for its decimal sign. */
export const hasDecimalComma = (text: string): boolean =>
  /^[+-]?\d*,\d/.test(text) && Number.isFinite(headerNumber(text));
