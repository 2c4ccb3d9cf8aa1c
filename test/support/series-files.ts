import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const oracle = <Content>(name: string): Content =>
  JSON.parse(readFileSync(new URL(`../oracle/${name}.json`, import.meta.url), 'utf8'));

export interface TiaFile {
  /** base64 */
  file: string;
  shape: [number, number];
  channels: number;
  offset: number;
  dispersion: number;
  pixelSizeNm: number;
  values: number[];
}

/** Made by test/oracle/tia.py: small series, and what HyperSpy finds in them. */
export const TIA_FILES = oracle<Record<string, TiaFile>>('tia');
export const tiaContent = (name: string): Buffer => Buffer.from(TIA_FILES[name].file, 'base64');

export interface MibFile {
  /** gzip in base64 */
  file: string;
  hdr: string;
  rows: [number, number] | null;
  frameBytes: number;
  channels: number;
  /** Sums of the rows of each frame. */
  sums: number[][];
}

/** Made by test/oracle/mib.py with numpy: small files, and sums of real ones. */
export const MIB_FILES = oracle<{
  made: Record<string, MibFile>;
  real: Record<
    string,
    { shape: [number, number]; channels: number; height: number; sums: number[]; first: number[] }
  >;
}>('mib');
export const mibContent = (name: string): Buffer =>
  gunzipSync(Buffer.from(MIB_FILES.made[name].file, 'base64'));
