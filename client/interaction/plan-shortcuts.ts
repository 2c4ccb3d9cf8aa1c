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
    keys: ['z'],
    ctrl: true,
    shown: 'Ctrl + Z',
    what: 'Undo a change of the plan; with Shift, or by Ctrl + Y, do it again',
    run: ({ plan }, event) => {
      if (!plan.canEdit.peek()) return;
      if (event.shiftKey) plan.edits.redo();
      else plan.edits.undo();
    },
  },
  {
    keys: ['y'],
    ctrl: true,
    shown: 'Ctrl + Y',
    what: 'Do an undone change of the plan again',
    run: ({ plan }) => {
      if (plan.canEdit.peek()) plan.edits.redo();
    },
  },
];
