import type { Scan } from '../../../protocol/index.ts';

/**
 * Whether there is room for the scalar signals of a scan.
 * @param scalars how many it has, new ones among them
 * @throws InputError that says how much they need
 */
export type ScalarCheck = (scan: Scan, scalars: number) => void;
