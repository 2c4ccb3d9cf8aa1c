import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningServer, type ServerOptions, startServer } from '../../server/hub/server.ts';
import { FakeLiveState } from './fake-live-state.ts';

export interface TestServer extends RunningServer {
  state: FakeLiveState;
  clientDirectory: string;
}

/** A real server on a free loopback port with a state to be written by hand and a dashboard of two small files. */
export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  const clientDirectory = join(folder, 'client');
  mkdirSync(join(clientDirectory, 'assets'), { recursive: true });
  writeFileSync(join(clientDirectory, 'index.html'), '<!doctype html><title>dashboard</title>');
  writeFileSync(join(clientDirectory, 'assets', 'main-1.js'), 'export {};');
  writeFileSync(join(folder, 'secret.txt'), 'hidden words');
  const state = new FakeLiveState();
  const server = await startServer({ port: 0, state, clientDirectory, ...options });
  return {
    ...server,
    state,
    clientDirectory,
    async close() {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
