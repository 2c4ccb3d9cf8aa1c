import { effect } from '@preact/signals-core';
import type { Dashboard } from '../model/dashboard.ts';
import { type SpectrumMode, TEXT_SIZES } from '../model/view-state.ts';
import { PLAN_SHORTCUTS } from './plan-shortcuts.ts';
import type { Shortcut } from './shortcut.ts';

const ZOOM_STEP = 1.5;
const FAR = 10;

const step = (event: KeyboardEvent): number => (event.shiftKey ? FAR : 1);

const arrow: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function nextOf<T>(all: readonly T[], current: T | undefined): T | undefined {
  return all[(all.indexOf(current as T) + 1) % Math.max(all.length, 1)];
}

/** All keyboard shortcuts; the help dialog is made from this list. */
export const SHORTCUTS: readonly Shortcut[] = [
  {
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    shown: '1 – 9',
    what: 'Put a small map into the large place',
    run: (dashboard, event) => {
      const layer = dashboard.shown.tiles.peek()[Number(event.key) - 1];
      if (layer !== undefined) dashboard.setHero(layer.id);
    },
  },
  {
    keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'],
    shown: '← ↑ → ↓',
    what: 'Move the pinned pixel; ten pixels with Shift',
    run: (dashboard, event) => {
      const [dx, dy] = arrow[event.key];
      if (!dashboard.plan.moveSelected(dx, dy, event.shiftKey))
        dashboard.movePin(dx * step(event), dy * step(event));
    },
  },
  {
    keys: ['Escape'],
    shown: 'Esc',
    what: 'Let go of the selected region, of the class, then of the pinned pixel; fold the plan',
    run: ({ plan, selection }) => {
      if (plan.cancel()) return;
      if (selection.holdsNothing()) plan.open(false);
      else selection.escape();
    },
  },
  {
    keys: ['c'],
    shown: 'C',
    what: 'Isolate the class of the pinned pixel, or of the one under the pointer',
    run: (dashboard) => {
      const pixel = dashboard.selection.spectrumPixel.peek();
      if (pixel !== undefined) dashboard.selectClassesAt(pixel, [dashboard.shown.edge.peek() ?? '']);
    },
  },
  { keys: ['+', '='], shown: '+', what: 'Zoom in', run: (dashboard) => dashboard.zoom(ZOOM_STEP) },
  { keys: ['-'], shown: '−', what: 'Zoom out', run: (dashboard) => dashboard.zoom(1 / ZOOM_STEP) },
  {
    keys: ['0'],
    shown: '0',
    what: 'Show the whole scan and the whole embedding',
    run: ({ view }) => {
      view.viewport.value = undefined;
      view.embeddingViewport.value = undefined;
    },
  },
  {
    keys: [' '],
    shown: 'Space',
    what: 'Hold the picture, or follow again; data keep arriving. Of a recording: play or pause',
    run: ({ model, replay }) => {
      const player = model.player.peek()?.message;
      if (player === undefined) model.setPaused(!model.paused.peek());
      else replay.toggle(player);
    },
  },
  {
    keys: [',', '.', '<', '>'],
    shown: ', / .',
    what: 'Of a recording: a row back or on, ten with Shift; ← → on the timeline too',
    run: ({ model, replay }, event) => {
      if (model.player.peek() !== undefined)
        replay.step([',', '<'].includes(event.key) ? -step(event) : step(event));
    },
  },
  {
    keys: ['l'],
    shown: 'L',
    what: 'To the live scan, or to the new one that waits to be shown',
    run: (dashboard) => dashboard.goToLive(),
  },
  {
    keys: ['o'],
    shown: 'O',
    what: 'Recorded scans: open, name, keep, delete',
    run: ({ view, sessions }) => {
      if (sessions.listed.peek() !== undefined) view.sessionsOpen.value = true;
    },
  },
  {
    keys: ['n'],
    shown: 'N',
    what: 'Write a note about the pinned pixel, or about the moment',
    run: ({ view, model }) => {
      if (model.scan.peek() !== undefined) view.noteOpen.value = true;
    },
  },
  {
    keys: ['e'],
    shown: 'E',
    what: 'Next edge in embedding, legend and spectra',
    run: ({ view, shown }) => {
      view.edge.value = nextOf(shown.edgeNames.peek(), shown.edge.peek());
    },
  },
  {
    keys: ['m'],
    shown: 'M',
    what: 'Next pair of edges in the matrix',
    run: ({ view, shown }) => {
      view.pair.value = nextOf(shown.pairs.peek(), shown.pair.peek());
    },
  },
  {
    keys: ['s'],
    shown: 'S',
    what: 'Spectrum: raw, background subtracted, PCA, class means, low loss',
    run: ({ view, model }) => {
      const lowLoss = model.sumSpectrum.peek()?.lowLoss !== undefined;
      const modes: readonly SpectrumMode[] = [
        'raw',
        'net',
        'pca',
        'classes',
        ...(lowLoss ? (['low-loss'] as const) : []),
      ];
      view.spectrumMode.value = nextOf(modes, view.spectrumMode.peek()) ?? 'raw';
    },
  },
  {
    keys: ['y'],
    shown: 'Y',
    what: 'Logarithmic or linear counts',
    run: ({ view }) => {
      view.logScale.value = !view.logScale.peek();
    },
  },
  {
    keys: ['r'],
    shown: 'R',
    what: 'Large class map over the grey relief, or alone',
    run: ({ view }) => {
      view.relief.value = !view.relief.peek();
    },
  },
  {
    keys: ['g'],
    shown: 'G',
    what: 'Outlines of the strongest pairs of classes on the large map',
    run: ({ view }) => {
      view.outlines.value = !view.outlines.peek();
    },
  },
  {
    keys: ['f'],
    shown: 'F',
    what: 'Hold the colour limits of the large map, or let them follow the data',
    run: (dashboard) => dashboard.toggleLimits(dashboard.shown.hero.peek()),
  },
  {
    keys: ['z'],
    shown: 'Z',
    what: 'Undo the last holding or letting go of limits',
    run: ({ view }) => view.limits.undo(),
  },
  {
    keys: ['t'],
    shown: 'T',
    what: 'Light or dark theme',
    run: ({ view }) => {
      view.theme.value = view.theme.peek() === 'dark' ? 'light' : 'dark';
    },
  },
  {
    keys: ['x'],
    shown: 'X',
    what: 'Larger text, or as small as at first',
    run: ({ view }) => {
      view.textSize.value = nextOf(TEXT_SIZES, view.textSize.peek()) ?? 1;
    },
  },
  ...PLAN_SHORTCUTS,
  {
    keys: ['?'],
    shown: '?',
    what: 'This help',
    run: ({ view }) => {
      view.helpOpen.value = !view.helpOpen.peek();
    },
  },
];

/** What the pointer does, for the help. */
export const GESTURES: readonly (readonly [string, string])[] = [
  ['Hover', 'Mark the pixel in every view and show its spectrum'],
  ['Click a map', 'Pin the pixel; click again to let go'],
  ['Shift + click a map', 'Isolate the class under the pointer'],
  ['Click a class', 'Isolate it (legend, embedding, matrix); a matrix cell isolates the pair'],
  ['Drag, wheel, pinch', 'Pan and zoom all maps together; double click shows all'],
  [
    'Drag a region of the plan',
    'With the plan open: select it by a click, then move it, or pull its sides and corners',
  ],
  ['Drag on the timeline', 'Go to a moment of a recording; click a mark to go there'],
  ['Drag on the spectrum', 'Zoom in on energies; double click shows all'],
];

const SLIDER_KEYS = ['Home', 'End', 'PageUp', 'PageDown', ...Object.keys(arrow)];

/** Whether the focused control handles this key itself. */
function belongsToControl(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  if (target.matches('input[type=range]')) return SLIDER_KEYS.includes(event.key);
  if (target.matches('button, summary, a, input[type=checkbox]')) return [' ', 'Enter'].includes(event.key);
  return target.matches('input, select, textarea');
}

/** Removes the focus from a button that was clicked by a pointer, so that Space does not press it again. */
function releaseButton(event: MouseEvent): void {
  const path = event.composedPath().filter((part) => part instanceof HTMLElement);
  if (event.detail === 0 || path.some((part) => part.matches('dialog'))) return;
  path.find((part) => part.matches('button'))?.blur();
}

/** Shortcuts of the comparison page, which has maps and no running scan. */
export const MAP_SHORTCUTS: readonly Shortcut[] = SHORTCUTS.filter(({ keys }) =>
  ['ArrowLeft', 'Escape', '+', '-', '0', 't', 'x'].includes(keys[0]),
);

/** Listens to the keys of the whole page; returns a function that stops. */
export function listenForShortcuts(
  dashboard: Dashboard,
  shortcuts: readonly Shortcut[] = SHORTCUTS,
): () => void {
  const byKey = new Map(
    shortcuts.flatMap((shortcut) =>
      shortcut.keys.map((key) => [keyName(key, shortcut.ctrl), shortcut] as const),
    ),
  );
  let helpOpen = false;
  let dialogOpen = false;
  const stopFollowing = effect(() => {
    const { view } = dashboard;
    helpOpen = view.helpOpen.value;
    dialogOpen = view.sessionsOpen.value || view.noteOpen.value || dashboard.plan.isSending.value;
  });
  const onKey = (event: KeyboardEvent): void => {
    if (event.altKey || dialogOpen || belongsToControl(event)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const shortcut = byKey.get(keyName(key, event.ctrlKey || event.metaKey));
    if (shortcut === undefined || (helpOpen && !shortcut.keys.includes('?'))) return;
    event.preventDefault();
    // Arrow keys on a slider move the slider.
    const target = event.composedPath()[0];
    if (target instanceof HTMLInputElement) target.blur();
    shortcut.run(dashboard, event);
  };
  window.addEventListener('keydown', onKey);
  window.addEventListener('click', releaseButton);
  return () => {
    stopFollowing();
    window.removeEventListener('keydown', onKey);
    window.removeEventListener('click', releaseButton);
  };
}

const keyName = (key: string, ctrl = false): string => (ctrl ? `Ctrl ${key}` : key);
