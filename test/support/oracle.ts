import { readFileSync } from 'node:fs';

/** A fixture made by another program; the script that makes it lies beside it in test/oracle. */
export function oracle<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../oracle/${name}.json`, import.meta.url), 'utf8')) as T;
}
