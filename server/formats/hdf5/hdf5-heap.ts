/** What is used of WebAssembly's memories, which the types of Node.js leave out. */
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const PAGE_BYTES = 2 ** 16;

/**
 * Keeps the HDF5 library's memory from growing beyond `most` bytes, until released: it believes what a file says, and a compressed chunk
 * of a megabyte may become gigabytes. What does not fit fails in the library as memory that is not there. What it prints is left out.
 * Nothing else runs meanwhile, since the library is called synchronously.
 * @returns what releases it
 */
export function limitHeap(most: number): () => void {
  const { prototype } = (globalThis as unknown as { WebAssembly: { Memory: { prototype: Memory } } })
    .WebAssembly.Memory;
  const { grow } = prototype;
  const { stderr } = process;
  const { write } = stderr;
  // What the library prints of a damaged file is thrown as well, and reported by the name of the file.
  stderr.write = () => true;
  prototype.grow = function (this: Memory, pages: number): number {
    if (this.buffer.byteLength + pages * PAGE_BYTES <= most) return grow.call(this, pages);
    throw new RangeError(`expected to get by with ${most} bytes of memory`);
  };
  return () => {
    prototype.grow = grow;
    stderr.write = write;
  };
}
