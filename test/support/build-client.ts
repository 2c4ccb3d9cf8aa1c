import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { vi } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** The dashboard as it is delivered, in a new folder that the caller removes. */
export async function buildClient(): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'eelwatch-client-'));
  // The tests' own environment would give the libraries' development builds.
  vi.stubEnv('NODE_ENV', 'production');
  await build({
    root: join(ROOT, 'client'),
    configFile: join(ROOT, 'client/vite.config.ts'),
    logLevel: 'error',
    build: { outDir, sourcemap: false },
  });
  vi.unstubAllEnvs();
  return outDir;
}
