import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** Tells one run of the machine from another: what was written but not synced is only there in the same run. */
export interface BootMark {
  /** The kernel's own mark, where there is one. */
  id?: string;
  /** When the machine started, seconds since 1970. */
  at: number;
}

export function bootMark(): BootMark {
  const at = Math.round(Date.now() / 1000 - uptime());
  try {
    return { id: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), at };
  } catch {
    return { at };
  }
}

/** Without the kernel's mark by the time of start, which is known to some seconds. */
export function isSameBoot(a: BootMark, b: BootMark): boolean {
  if (a.id !== undefined && b.id !== undefined) return a.id === b.id;
  return Math.abs(a.at - b.at) < 30;
}
