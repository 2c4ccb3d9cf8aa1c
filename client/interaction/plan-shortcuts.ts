import type { Shortcut } from './shortcut.ts';

/** Keys of the plan where to scan again. */
export const PLAN_SHORTCUTS: readonly Shortcut[] = [
  {
    keys: ['p'],
    shown: 'P',
    what: 'Where to scan again: open the plan, or fold it',
    run: ({ plan, model }) => {
      if (model.scan.peek() !== undefined) plan.open(!plan.isOpen.peek());
    },
  },
  {
    keys: ['[', ']'],
    shown: '[ / ]',
    what: 'Select the region before or after; then ← ↑ → ↓ move it, with Shift they change its size',
    run: ({ plan }, event) => plan.selectNext(event.key === ']' ? 1 : -1),
  },
  {
    keys: ['a'],
    shown: 'A',
    what: 'Add a region: drag on a map, or Enter for one around the pinned pixel',
    run: ({ plan }) => plan.toggleAdding(),
  },
  {
    keys: ['Enter'],
    shown: 'Enter',
    what: 'While a region is added: put it around the pinned pixel, or into the middle',
    run: ({ plan, selection }) => {
      if (plan.isAdding.peek()) plan.addAround(selection.pinnedPixel.peek());
    },
  },
  {
    keys: ['Delete', 'Backspace'],
    shown: 'Delete',
    what: 'Remove the selected region from the plan',
    run: ({ plan }) => {
      plan.removeSelected();
    },
  },
  {
    keys: ['z', 'y'],
    ctrl: true,
    shown: 'Ctrl + Z / Y',
    what: 'Undo a change of the plan; do it again, as with Ctrl + Shift + Z',
    run: ({ plan }, event) => {
      if (!plan.canEdit.peek()) return;
      if (event.shiftKey || event.key.toLowerCase() === 'y') plan.edits.redo();
      else plan.edits.undo();
    },
  },
];
