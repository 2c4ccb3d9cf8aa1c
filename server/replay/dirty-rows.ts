/** Rows [first, end) of a layer. */
export interface Band {
  layer: number;
  first: number;
  end: number;
}

/** Rows of layers that have changed; bands of a layer that touch are one. */
export class DirtyRows {
  readonly #bands = new Map<number, Band[]>();

  add(band: Band): void {
    if (band.first >= band.end) return;
    let { first, end } = band;
    const apart: Band[] = [];
    for (const known of this.#bands.get(band.layer) ?? [])
      if (known.end < first || known.first > end) apart.push(known);
      else {
        first = Math.min(first, known.first);
        end = Math.max(end, known.end);
      }
    this.#bands.set(band.layer, [...apart, { layer: band.layer, first, end }]);
  }

  /** What has changed since it was taken last, in the order of layers and rows. */
  take(): Band[] {
    const taken = [...this.#bands.values()].flat().sort((a, b) => a.layer - b.layer || a.first - b.first);
    this.#bands.clear();
    return taken;
  }
}
