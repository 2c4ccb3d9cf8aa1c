import { beforeEach, expect, test } from 'vitest';
import { SessionList } from '../../client/model/recordings/session-list.ts';
import { MonitorApi } from '../../client/transport/monitor-api.ts';
import type { SessionEntry } from '../../protocol/index.ts';
import { sessionEntry } from '../support/fake-sessions.ts';

/** A monitor's sessions in memory, where the wire is not. */
class MemoryApi extends MonitorApi {
  entries: SessionEntry[] | undefined;
  refusal: string | undefined;

  constructor(entries: SessionEntry[] | undefined) {
    super('ws://127.0.0.1:1/live');
    this.entries = entries;
  }

  override async sessions() {
    const answer = this.entries && { sessions: this.entries, unreadable: ['x: no session.json'] };
    const delay = this.#delay;
    this.#delay = Promise.resolve();
    await delay;
    return answer;
  }

  /** Holds back the answer to the next question for the list. */
  #delay: Promise<void> = Promise.resolve();

  answerLate(): () => void {
    let release = (): void => {};
    this.#delay = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  override async remove(id: string) {
    if (this.refusal !== undefined) throw new Error(this.refusal);
    this.entries = this.entries?.filter((entry) => entry.id !== id);
  }

  override async restore(id: string) {
    this.entries = [...(this.entries ?? []), sessionEntry(id)];
  }
}

const NEW = sessionEntry('new', { created: '2026-11-28T10:00:00Z' });
const MIDDLE = sessionEntry('middle', { created: '2026-11-27T10:00:00Z' });
const OLD = sessionEntry('old', { created: '2026-11-26T10:00:00Z' });
let api: MemoryApi;
let list: SessionList;
const shown = () => list.listed.value?.map(({ entry, deleted }) => `${entry.id}${deleted ? ' deleted' : ''}`);

beforeEach(() => {
  api = new MemoryApi([NEW, MIDDLE, OLD]);
  list = new SessionList(api);
});

test('a monitor without sessions has no list', async () => {
  api.entries = undefined;
  await list.load();
  expect(list.listed.value).toBeUndefined();
  expect(list.problem.value).toBeUndefined();
});

test('a deleted one stays in its place until it is brought back', async () => {
  await list.load();
  await list.remove(MIDDLE);
  expect(shown()).toEqual(['new', 'middle deleted', 'old']);
  await list.load();
  expect(shown()).toEqual(['new', 'middle deleted', 'old']);
  await list.restore(MIDDLE);
  expect(shown()?.toSorted()).toEqual(['middle', 'new', 'old']);
});

test('what another page has brought back is not shown as deleted here', async () => {
  await list.load();
  await list.remove(OLD);
  api.entries?.push(OLD);
  await list.load();
  expect(shown()).toEqual(['new', 'middle', 'old']);
});

test('an answer that is older than the deletion does not make it forgotten', async () => {
  await list.load();
  const release = api.answerLate();
  const late = list.load();
  await list.remove(MIDDLE);
  release();
  await late;
  await list.load();
  expect(shown()).toEqual(['new', 'middle deleted', 'old']);
});

test('a refusal is said with its reason, and nothing is gone', async () => {
  await list.load();
  api.refusal = 'it is pinned';
  await list.remove(OLD);
  expect(list.problem.value).toBe('old cannot be deleted: it is pinned');
  expect(shown()).toEqual(['new', 'middle', 'old']);
  expect(list.unreadable.value).toEqual(['x: no session.json']);
});
