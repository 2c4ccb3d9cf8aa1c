import type { Browser, Page } from 'playwright-core';

const VIEWPORT = { width: 1440, height: 900 };

/**
 * Runs in the page: at every frame, how many rows all class maps hold that the page has drawn since. A picture is drawn of
 * what had come before the frame began.
 */
const WATCH = `(() => {
  window.drawnRows = [];
  let before;
  const look = () => {
    const { shape, draws, layersMeasured } = window.eelwatch?.state() ?? {};
    const classes = Object.keys(layersMeasured ?? {}).filter((name) => name.endsWith(' classes'));
    if (shape && classes.length > 0) {
      const at = performance.timeOrigin + performance.now();
      const last = window.drawnRows.at(-1)?.rows ?? 0;
      if (before && draws > before.draws && before.rows > last) window.drawnRows.push({ at, rows: before.rows });
      const pixels = Math.min(...classes.map((name) => layersMeasured[name]));
      before = { draws, rows: Math.floor(pixels / shape[1]) };
    }
    requestAnimationFrame(look);
  };
  look();
})()`;

/** A dashboard in Chromium that notes when it has drawn every edge's classes of a row, of a scan whose rows come in order. */
export class DrawnRows {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(browser: Browser, url: string): Promise<DrawnRows> {
    const page = await browser.newPage({ viewport: VIEWPORT, locale: 'en-US' });
    await page.goto(url);
    await page.evaluate(WATCH);
    return new DrawnRows(page);
  }

  /** By row, ms of this process's monotonic clock; undefined where it was not drawn. */
  async seen(): Promise<number[]> {
    const drawn = await this.#page.evaluate<{ at: number; rows: number }[]>('window.drawnRows');
    const seen: number[] = [];
    for (const { at, rows } of drawn) while (seen.length < rows) seen.push(at - performance.timeOrigin);
    return seen;
  }
}
