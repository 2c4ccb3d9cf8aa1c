/**
 * Bad input: a file, message, option or request that does not hold what it must.
 * The message names the place, the field and what was expected; it is shown to users as it stands.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly place: string;
  readonly field: string;

  /**
   * @param place file, message or option the fault lies in
   * @param field the part of it that is wrong
   * @param expectation what was expected, and what was found
   */
  constructor(place: string, field: string, expectation: string, options?: { cause?: unknown }) {
    super(`${place}: ${field}: ${expectation}`, options);
    this.place = place;
    this.field = field;
  }
}
