/** Gives out so many bytes of zeros. */
export type Memory = (bytes: number) => ArrayBufferLike;

export const ownMemory: Memory = (bytes) => new ArrayBuffer(bytes);

/** For threads to share. The collector of garbage does not count it, and so may leave it lying for long. */
export const sharedMemory: Memory = (bytes) => new SharedArrayBuffer(bytes);

interface ArrayType<Numbers> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike): Numbers;
}

export const zeros = <Numbers>(type: ArrayType<Numbers>, length: number, memory: Memory): Numbers =>
  new type(memory(type.BYTES_PER_ELEMENT * length));
