import { signal } from '@preact/signals-core';
import { expect, test } from 'vitest';
import { regionInView } from '../../client/geometry/scan-box.ts';
import { CommandRequests } from '../../client/model/live/command-requests.ts';
import { Notes, placeWords } from '../../client/model/recordings/notes.ts';
import type { Annotation, CommandRequest } from '../../protocol/index.ts';
import { annotated } from '../support/fake-annotations.ts';

function notebook(fault?: string) {
  const annotations = signal<readonly Annotation[]>([]);
  const notes = new Notes(annotations, async (command) => {
    if (fault === undefined) annotations.value = annotated(annotations.peek(), command, 500);
    return fault;
  });
  return { annotations, notes };
}

test('notes are numbered in the order of what they are about', async () => {
  const { annotations, notes } = notebook();
  await notes.add('now', '', undefined);
  annotations.value = [...annotations.value, { id: 'x', text: 'before', at: 100, made: 900 }];
  expect(notes.all.value.map(({ text, number }) => `${number} ${text}`)).toEqual(['1 before', '2 now']);
});

test('a removed note can be brought back with its place, author and moment', async () => {
  const { notes } = notebook();
  await notes.add('look', 'JM', { kind: 'point', y: 3, x: 7 });
  const [note] = notes.all.value;
  await notes.remove(note);
  expect(notes.all.value).toEqual([]);
  await notes.bringBack(notes.removed.value[0]);
  const [again] = notes.all.value;
  expect({ ...again, id: note.id, made: note.made }).toEqual(note);
  expect(notes.removed.value).toEqual([]);
});

test('a note that was not removed is not offered back', async () => {
  const { notes } = notebook('no connection');
  await notes.remove({ id: 'x', text: 'still there', at: 0, made: 0 });
  expect(notes.removed.value).toEqual([]);
});

test('places are said with rows before columns, both ends included', () => {
  expect(placeWords({ kind: 'point', y: 3, x: 7 })).toBe('pixel (3, 7)');
  expect(placeWords({ kind: 'region', y: 10, x: 0, height: 5, width: 3 })).toBe('rows 10–14, columns 0–2');
  expect(placeWords(undefined)).toBe('');
});

test('the region in view is the whole pixels that are seen, none where all are', () => {
  expect(regionInView(undefined, [40, 60])).toBeUndefined();
  expect(regionInView({ centreX: 30, centreY: 20, zoom: 1 }, [40, 60])).toBeUndefined();
  expect(regionInView({ centreX: 30, centreY: 20, zoom: 2 }, [40, 60])).toEqual({
    y: 10,
    x: 15,
    height: 20,
    width: 30,
  });
  expect(regionInView({ centreX: 0, centreY: 0, zoom: 4 }, [40, 60])).toEqual({
    y: 0,
    x: 0,
    height: 10,
    width: 15,
  });
});

test('each command resolves with its own answer, and with the loss of the connection', async () => {
  const sent: CommandRequest[] = [];
  let connected = true;
  const requests = new CommandRequests((message) => {
    if (connected) sent.push(message);
    return connected;
  });
  const done = requests.ask({ type: 'play' });
  const refused = requests.ask({ type: 'pause' });
  const lost = requests.ask({ type: 'loop', on: true });
  requests.answered({ request: sent[1].request, fault: 'not now' });
  requests.answered({ request: sent[0].request });
  expect(await done).toBeUndefined();
  expect(await refused).toBe('not now');
  requests.reset();
  expect(await lost).toContain('no connection');
  connected = false;
  expect(await requests.ask({ type: 'play' })).toContain('no connection');
});
