/** Allocates zeroed memory. */
export type Memory = (bytes: number) => ArrayBufferLike;

export const ownMemory: Memory = (bytes) => new ArrayBuffer(bytes);

/** Shared between threads. The garbage collector does not count it and may free it late. */
export const sharedMemory: Memory = (bytes) => new SharedArrayBuffer(bytes);

interface ArrayType<Numbers> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike): Numbers;
}

export const zeros = <Numbers>(type: ArrayType<Numbers>, length: number, memory: Memory): Numbers =>
  new type(memory(type.BYTES_PER_ELEMENT * length));
