import { readFileSync } from 'node:fs';
import type { KernelSource, Kernels } from '../analysis/math/kernels.ts';
import { builtFile } from '../built-file.ts';

const PAGE_BYTES = 65_536;

/** The part of WebAssembly that is used; the types of Node.js lack it. */
interface Wasm {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (limits: { initial: number; maximum: number }) => { buffer: ArrayBuffer };
  Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => { exports: Omit<Kernels, 'memory'> };
}

/**
 * Compiles the kernels for this thread.
 * @returns undefined where they are not built, the processor has no SIMD, or EELWATCH_SIMD is 0: then the TypeScript
 *   twins run, as they do without address space for another memory
 */
export function loadKernels(): KernelSource | undefined {
  if (process.env['EELWATCH_SIMD'] === '0') return undefined;
  const { Module, Memory, Instance } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;
  let module: object;
  try {
    module = new Module(readFileSync(builtFile('kernels.wasm')));
  } catch {
    return undefined;
  }
  return (bytes) => {
    const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
    try {
      const memory = new Memory({ initial: pages, maximum: pages });
      return { ...new Instance(module, { env: { memory } }).exports, memory: memory.buffer };
    } catch {
      return undefined;
    }
  };
}
