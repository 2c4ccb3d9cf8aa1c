import { counted, InputError } from '../../protocol/index.ts';

/** Open files that a monitor needs whatever it analyses: its threads, its socket, the session, and what loading a thread takes for a moment. */
const MONITOR_FILES = 54;
/** … and for each edge: two threads, four files each, and the samples that they read. */
const EDGE_FILES = 10;

/** The most files that this process may have open; undefined where the system does not tell. */
export function mostOpenFiles(): number | undefined {
  const { report } = process;
  // Names of hosts are looked up otherwise, which may take long.
  Object.assign(report, { excludeNetwork: true });
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = Number(userLimits?.open_files?.soft);
  return Number.isFinite(soft) ? soft : undefined;
}

/**
 * Refuses what could not be finished: without files to open, threads cannot be started, and final maps never come.
 * @param edges that are analysed
 * @throws InputError that says how many are needed
 */
export function checkOpenFiles(edges: number, most = mostOpenFiles()): void {
  const needed = MONITOR_FILES + EDGE_FILES * edges;
  if (most === undefined || most >= needed) return;
  throw new InputError(
    'system',
    'open files',
    `expected ${needed} at least for ${counted(edges, 'edge')}, found that ${most} are allowed; raise the limit (ulimit -n ${2 ** Math.ceil(Math.log2(needed))}) or analyse fewer edges`,
  );
}
