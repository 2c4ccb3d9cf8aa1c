import type { ReadonlySignal } from '@preact/signals-core';
import { computed, signal } from '@preact/signals-core';

/**
 * A class by its persistent identity (`ClassState.colour`, −1 for "absent"): its number may change in a refit, and the
 * selection must not jump to another class then.
 */
export interface ClassId {
  edge: string;
  identity: number;
}

/** What is selected: pixels that belong to all of these classes (one, or a pair of two edges). */
export type Focus = readonly ClassId[];

const sameClass = (a: ClassId, b: ClassId): boolean => a.edge === b.edge && a.identity === b.identity;

const sameFocus = (a: Focus, b: Focus): boolean =>
  a.length === b.length && a.every((one, i) => sameClass(one, b[i]));

/** The one selection that all views share. */
export class Selection {
  /** Pixel under the pointer, row-major. */
  readonly hoverPixel = signal<number | undefined>(undefined);
  readonly pinnedPixel = signal<number | undefined>(undefined);
  /** Class or pair under the pointer; takes precedence until the pointer leaves. */
  readonly hoverFocus = signal<Focus>([]);
  readonly selectedFocus = signal<Focus>([]);

  /** The classes that are shown undimmed. */
  readonly focus: ReadonlySignal<Focus> = computed(() =>
    this.hoverFocus.value.length > 0 ? this.hoverFocus.value : this.selectedFocus.value,
  );
  /** Pixel whose spectrum is shown: the pinned one, else the one under the pointer. */
  readonly spectrumPixel: ReadonlySignal<number | undefined> = computed(
    () => this.pinnedPixel.value ?? this.hoverPixel.value,
  );
  /** Pixel whose classes are highlighted in legend and matrix: the one under the pointer, else the pinned one. */
  readonly markedPixel: ReadonlySignal<number | undefined> = computed(
    () => this.hoverPixel.value ?? this.pinnedPixel.value,
  );

  hover(pixel: number | undefined): void {
    this.hoverPixel.value = pixel;
  }

  /** Pins a pixel; unpins it where it is pinned already. */
  pin(pixel: number | undefined): void {
    this.pinnedPixel.value = pixel === this.pinnedPixel.peek() ? undefined : pixel;
  }

  hoverClasses(focus: Focus): void {
    if (!sameFocus(this.hoverFocus.peek(), focus)) this.hoverFocus.value = focus;
  }

  /** Selects a class or a pair; deselects it where it is selected already. */
  select(focus: Focus): void {
    this.selectedFocus.value = sameFocus(this.selectedFocus.peek(), focus) ? [] : focus;
  }

  holdsNothing(): boolean {
    return this.selectedFocus.peek().length === 0 && this.pinnedPixel.peek() === undefined;
  }

  /** Clears the selected classes, or if there are none the pinned pixel. */
  escape(): void {
    if (this.selectedFocus.peek().length > 0) this.selectedFocus.value = [];
    else this.pinnedPixel.value = undefined;
  }

  /** Called when another scan begins. */
  clear(): void {
    this.hoverPixel.value = undefined;
    this.pinnedPixel.value = undefined;
    this.hoverFocus.value = [];
    this.selectedFocus.value = [];
  }
}
