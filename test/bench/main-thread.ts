import type { Browser, Page } from 'playwright-core';

interface TraceEvent {
  ph: string;
  name: string;
  cat: string;
  pid: number;
  tid: number;
  /** µs; `tdur` is the time that the thread had a core. */
  ts: number;
  dur?: number;
  tdur?: number;
  args: { name?: string };
}

/** What the page's main thread did during a while, ms. */
export interface MainThreadWork {
  /** Core time of each task, in order, with its beginning on the trace's clock. */
  tasks: { at: number; core: number; wall: number }[];
  seconds: number;
}

const CATEGORIES = ['toplevel', '__metadata', 'disabled-by-default-lighthouse', 'devtools.timeline'];

/** Records what the page's main thread does while `run` runs; other processes, such as the one that draws, are left out. */
export async function recordMainThread(
  browser: Browser,
  page: Page,
  run: () => Promise<void>,
): Promise<MainThreadWork> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await run();
  const trace = await browser.stopTracing();
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  return workOf(traceEvents);
}

function workOf(events: TraceEvent[]): MainThreadWork {
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const tasksOf = (main: TraceEvent) =>
    events
      .filter(
        ({ ph, name, pid, tid }) => ph === 'X' && TASKS.has(name) && pid === main.pid && tid === main.tid,
      )
      .sort((a, b) => a.ts - b.ts);
  const busy = (tasks: TraceEvent[]) => tasks.reduce((sum, { tdur = 0 }) => sum + tdur, 0);
  // A browser without a window keeps a spare renderer: the page's is the busy one.
  const [found = []] = mains.map(tasksOf).sort((a, b) => busy(b) - busy(a));
  const outer = outermost(found);
  const first = outer[0]?.ts ?? 0;
  const last = outer.at(-1);
  return {
    tasks: outer.map(({ ts, dur = 0, tdur = 0 }) => ({
      at: (ts - first) / 1000,
      core: tdur / 1000,
      wall: dur / 1000,
    })),
    seconds: last === undefined ? 0 : (last.ts - first) / 1e6,
  };
}

const TASKS: ReadonlySet<string> = new Set(['RunTask', 'ThreadControllerImpl::RunTask']);

/** Tasks inside another one, as a nested message loop runs them, are part of it. */
function outermost(events: TraceEvent[]): TraceEvent[] {
  let end = Number.NEGATIVE_INFINITY;
  return events.filter(({ ts, dur = 0 }) => {
    if (ts < end) return false;
    end = ts + dur;
    return true;
  });
}
