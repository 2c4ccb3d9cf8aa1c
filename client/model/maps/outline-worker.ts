import { classWord } from '../words/pair-names.ts';
import type { OutlineRequest } from './outline-follower.ts';
import { pairOutlines } from './pair-outlines.ts';

/** Traces outlines in a worker: for a large map that takes many times longer than a frame. */
addEventListener('message', ({ data }: MessageEvent<OutlineRequest>) => {
  const { information, maps, shape, classes } = data;
  const nameOf = (edge: string, label: number) => classWord(classes.get(edge) ?? [], label);
  postMessage(pairOutlines(information, (edge) => maps.get(edge), shape, nameOf));
});
