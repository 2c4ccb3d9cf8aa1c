import type { ReadonlySignal } from '@preact/signals-core';
import { computed, signal } from '@preact/signals-core';
import type { Annotation, AnnotationCommand, AnnotationPlace } from '../../../protocol/index.ts';

/** A note with the number that is drawn beside its ring on the maps, from 1. */
export interface NumberedNote extends Annotation {
  number: number;
}

/** The operator's notes about the scan on show. */
export class Notes {
  /** In the order of the moments they are about. */
  readonly all: ReadonlySignal<readonly NumberedNote[]>;
  /** Removed by this page, newest last: they can be restored. */
  readonly removed: ReadonlySignal<readonly Annotation[]>;
  readonly #removed = signal<readonly Annotation[]>([]);
  readonly #command: (command: AnnotationCommand) => Promise<string | undefined>;

  constructor(
    annotations: ReadonlySignal<readonly Annotation[]>,
    command: (command: AnnotationCommand) => Promise<string | undefined>,
  ) {
    this.#command = command;
    this.removed = this.#removed;
    this.all = computed(() =>
      [...annotations.value]
        .sort((a, b) => a.at - b.at || a.made - b.made)
        .map((note, index) => ({ ...note, number: index + 1 })),
    );
  }

  /** Resolves to the reason where the note could not be saved. */
  add(text: string, author: string, place: AnnotationPlace | undefined): Promise<string | undefined> {
    return this.#command({
      type: 'annotate',
      text,
      ...(author !== '' && { author }),
      ...(place && { place }),
    });
  }

  async remove(note: Annotation): Promise<void> {
    const fault = await this.#command({ type: 'remove-annotation', id: note.id });
    if (fault === undefined) this.#removed.value = [...this.#removed.peek(), note];
  }

  /** Adds a removed note again, about the same moment and place. */
  async bringBack(note: Annotation): Promise<void> {
    const { text, author, place, at } = note;
    const fault = await this.#command({
      type: 'annotate',
      text,
      at,
      ...(author !== undefined && { author }),
      ...(place && { place }),
    });
    if (fault === undefined) this.#removed.value = this.#removed.peek().filter((one) => one !== note);
  }

  /** Called when another scan begins. */
  reset(): void {
    this.#removed.value = [];
  }
}

/** `pixel (12, 40)`, `rows 3–10, columns 5–20`; empty for a note about a moment. */
export function placeWords(place: AnnotationPlace | undefined): string {
  if (place === undefined) return '';
  if (place.kind === 'point') return `pixel (${place.y}, ${place.x})`;
  const { y, x, height, width } = place;
  return `rows ${y}–${y + height - 1}, columns ${x}–${x + width - 1}`;
}
