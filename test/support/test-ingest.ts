import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionStore, type SessionStoreOptions } from '../../server/sessions/session-store.ts';
import { createIngest, type Ingest, type IngestOptions } from '../../server/sources/producers/ingest.ts';

export interface TestIngestOptions
  extends Partial<Omit<IngestOptions, 'store'>>,
    Partial<Omit<SessionStoreOptions, 'version'>> {}

/** An ingest that records below `root`, or into a temporary folder that goes with it. */
export function createTestIngest({ root, maxBytes, now, ...options }: TestIngestOptions = {}): Ingest {
  const folder = root ?? mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  const store = new SessionStore({
    root: folder,
    version: 'test',
    ...(maxBytes !== undefined && { maxBytes }),
    ...(now && { now }),
  });
  const ingest = createIngest({ store, temporary: root === undefined, ...options });
  return {
    source: ingest.source,
    refusal: () => ingest.refusal(),
    accept: (ws, wire) => ingest.accept(ws, wire),
    answerWith: (plans) => ingest.answerWith(plans),
    admitScalars: (check) => ingest.admitScalars(check),
    async close() {
      await ingest.close();
      if (root === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
