interface ArrayType<Numbers> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer): Numbers;
}

/** Zeros in memory that threads share. */
export const sharedRoom = <Numbers>(type: ArrayType<Numbers>, length: number): Numbers =>
  new type(new SharedArrayBuffer(type.BYTES_PER_ELEMENT * length));
