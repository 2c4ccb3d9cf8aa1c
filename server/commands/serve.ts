import { fileURLToPath } from 'node:url';
import { builtFile } from '../built-file.ts';
import type { Options } from '../config.ts';
import { startServer } from '../hub/server.ts';
import { checkScalars } from '../pipeline/memory-budget.ts';
import { Monitor } from '../pipeline/monitor.ts';
import { SessionLibrary } from '../replay/session-library.ts';
import { SessionKeeper } from '../session-keeper.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { Ingest } from '../sources/producers/ingest.ts';
import type { Source } from '../sources/source.ts';
import { VERSION } from '../version.ts';
import { analysisGiven, analysisOptions } from './analysis-options.ts';
import { Console } from './console.ts';
import { finishSessions } from './finish-sessions.ts';
import { followPlans, planFolderOf } from './follow-plans.ts';
import { interruption } from './interruption.ts';
import { LaterSessions } from './later-sessions.ts';
import { openBrowser } from './open-browser.ts';
import { checkOpenFiles } from './open-files.ts';
import { retentionOf } from './recording.ts';

const clientDirectory = fileURLToPath(builtFile('../client'));

export interface ServeInput {
  source: Source;
  options: Options;
  signal: AbortSignal;
  ingest?: Pick<Ingest, 'refusal' | 'accept' | 'answerWith' | 'admitScalars'>;
  /** Where scans are recorded: those that an earlier run left without final maps get them. */
  store?: SessionStore;
  /** … once this has happened: the source takes up its own scan first. */
  finishAfter?: Promise<void>;
  /** Something that people should know from the start. */
  notice?: string;
}

/**
 * Follows a source and serves the dashboard until interrupted.
 * @param ready called with the server's address once spectra can come
 */
export async function serve(
  { source, options, signal, ingest, store, finishAfter, notice }: ServeInput,
  ready?: (url: string) => void,
): Promise<number> {
  checkOpenFiles(options.edges.length);
  const terminal = new Console(options);
  const planFolder = await planFolderOf(options);
  const keeper: SessionKeeper = new SessionKeeper({
    version: VERSION,
    options: analysisGiven(options),
    alert: (alert) => monitor.alert(alert),
    cleared: (id) => monitor.clear(id),
  });
  const later = new LaterSessions();
  const analysis = analysisOptions(options, true, (folder) => terminal.references(folder));
  const monitor: Monitor = new Monitor({
    analysis,
    version: VERSION,
    onAlert: (alert) => terminal.alert(alert),
    onCommand: (command) => keeper.noteAction(command),
    onFinal: async (run) => {
      const session = await keeper.keep(run);
      if (session !== undefined) terminal.event('recorded', { session });
      await expire();
    },
    onPostponed: (session) => void keeper.release(session).then(() => later.add(session)),
  });
  ingest?.answerWith(monitor);
  ingest?.admitScalars((scan, scalars) => checkScalars(scan, analysis, scalars));
  const isFinalising = (session: string) => monitor.isFinishing(session) || later.has(session);
  const library = store && new SessionLibrary(store, isFinalising);
  const server = await startServer({
    host: options.host,
    port: options.port,
    state: monitor,
    clientDirectory,
    awaits: source.description,
    ...(options.token !== undefined && { token: options.token }),
    ...(ingest && { ingest }),
    ...(library && { library }),
  });
  const push = ingest && `${server.url.replace(/^http/, 'ws')}/ingest`;
  terminal.event('serving', { url: server.openUrl, source: source.description, ...(push && { push }) });
  if (options.open) openBrowser(server.openUrl);
  const rules = retentionOf(options);
  const expire = async () => {
    if (!library || Object.keys(rules).length === 0) return;
    try {
      for (const session of await library.expire(rules, server.isShown))
        terminal.event('deleted', { session });
    } catch (error) {
      const message = `older sessions could not be deleted: ${(error as Error).message}`;
      monitor.alert({ id: 'retention', severity: 'warning', message });
    }
  };
  const unfollow = [terminal.follow(monitor), keeper.follow(monitor)];
  const endPlans =
    planFolder &&
    followPlans(monitor, planFolder, {
      written: (path) => terminal.event('plan', { path }),
      failed: (message) => monitor.alert({ id: 'plan-folder', severity: 'warning', message }),
    });
  const over = new AbortController();
  const finishing =
    store &&
    finishSessions({
      store,
      options,
      signal: AbortSignal.any([signal, over.signal]),
      after: finishAfter,
      later,
      done: (session) => terminal.event('recorded', { session }),
      failed: (message) => monitor.alert({ id: 'finish-sessions', severity: 'warning', message }),
    });
  if (notice !== undefined) monitor.alert({ id: 'notice', severity: 'warning', message: notice });
  try {
    await expire();
    ready?.(server.url);
    await monitor.follow(keeper.notes(source), signal);
    // A source that has no more to say leaves its last scan on show.
    await interruption(signal);
  } finally {
    over.abort();
    await finishing;
    for (const end of unfollow) end();
    await endPlans?.();
    await server.close();
    await monitor.close();
    await keeper.close();
    await library?.close();
  }
  return 0;
}
