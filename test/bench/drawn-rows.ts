import type { Browser, Page } from 'playwright-core';

const VIEWPORT = { width: 1440, height: 900 };

/** Runs in the page: at every frame after one in which something was drawn, how many rows the pictures of all class maps show. */
const WATCH = `(() => {
  window.drawnRows = [];
  let drawsBefore = -1;
  const look = () => {
    const { shape, draws, layersDrawn } = window.eelwatch?.state() ?? {};
    const classes = Object.keys(layersDrawn ?? {}).filter((name) => name.endsWith(' classes'));
    if (shape && draws !== drawsBefore && classes.length > 0) {
      drawsBefore = draws;
      const at = performance.timeOrigin + performance.now();
      const rows = Math.floor(Math.min(...classes.map((name) => layersDrawn[name])) / shape[1]);
      if (rows > (window.drawnRows.at(-1)?.rows ?? 0)) window.drawnRows.push({ at, rows });
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
