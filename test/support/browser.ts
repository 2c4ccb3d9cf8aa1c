import type { Browser, Locator, Page } from 'playwright-core';
import { inject } from 'vitest';
import { startBrowser } from './start-browser.ts';

/**
 * A fresh browser, the one that was looked for before the tests (find-browser.ts).
 * @throws Error that says how to install one: the browser tests are never skipped
 */
export async function launchBrowser(): Promise<Browser> {
  const found = inject('chromium');
  if ('missing' in found) throw new Error(found.missing);
  return startBrowser(found.path);
}

export interface WatchedPage {
  page: Page;
  /** Errors and warnings of the console, uncaught exceptions and failed requests, as they come. */
  problems: string[];
}

/** Opens a page and notes everything that goes wrong in it. */
export async function openPage(
  browser: Browser,
  url: string,
  viewport = { width: 1440, height: 900 },
): Promise<WatchedPage> {
  // A headless shell without a locale calls its language "en-US@posix", which is none.
  const page = await browser.newPage({ viewport, locale: 'en-US' });
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.stack ?? error.message}`));
  await page.goto(url);
  return { page, problems };
}

/** What `window.eelwatch.state()` says; the dashboard's own words, loosely typed on this side of the wire. */
export interface DashboardReport {
  sessionId?: string;
  epoch?: number;
  scan?: string;
  shape?: [number, number];
  connection: string;
  status?: string;
  spectra: number;
  total: number;
  paused: boolean;
  hero?: string;
  edge?: string;
  hoverPixel?: number;
  pinnedPixel?: number;
  spectrumPixel?: number;
  selectedClasses: { edge: string; label: number }[];
  revisionByEdge: Record<string, number>;
  classesByEdge: Record<string, number>;
  layersMeasured: Record<string, number>;
  layersDrawn: Record<string, number>;
  layerRevisions: Record<string, number>;
  alerts: string[];
  draws: number;
  idle: boolean;
}

const STATE = 'window.eelwatch && window.eelwatch.state()';

export const dashboardState = async (page: Page): Promise<DashboardReport> =>
  await page.evaluate<DashboardReport>(STATE);

const PATIENCE_MS = 60_000;
const POLL_MS = 40;

/** Waits until the dashboard's report is as asked. Asked from here: the page's policy forbids evaluation in it. */
export async function waitForState(
  page: Page,
  isReached: (state: DashboardReport) => boolean,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const state = await dashboardState(page);
    if (state !== undefined && isReached(state)) return;
    if (Date.now() > end) throw new Error(`${isReached} was not reached; last: ${JSON.stringify(state)}`);
    await page.waitForTimeout(POLL_MS);
  }
}

/** Waits until nothing more is drawn, so that what is on the screen is what was sent. */
export async function settled(page: Page): Promise<void> {
  let draws = -1;
  await waitForState(page, (state) => {
    const isStill = state.idle && state.draws > 0 && state.draws === draws;
    draws = state.draws;
    return isStill;
  });
}

/** The text of an element with that of the elements inside it, shadow roots included, when it has followed the data. */
export const shownText = async (page: Page, element: string): Promise<string> =>
  await page.locator(element).evaluate(async (host) => {
    await new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 150));
    const parts: string[] = [];
    const collect = (node: Node): void => {
      if (node instanceof HTMLStyleElement) return;
      if (node.nodeType === Node.TEXT_NODE) parts.push(node.textContent ?? '');
      const children =
        node instanceof Element && node.shadowRoot ? node.shadowRoot.childNodes : node.childNodes;
      for (const child of children) collect(child);
    };
    collect(host);
    return parts.join('').replace(/\s+/g, ' ').trim();
  });

/** A small map's canvas (or, with `hero`, the large one's). */
export const mapCanvas = (page: Page, layer: string, hero = false) =>
  page.locator(`${hero ? 'ew-hero-panel' : 'ew-tile-grid'} canvas[data-layer="${layer}"]`);

/** Colours of pixels of the scan as drawn in a map at zoom 1: [r, g, b] per asked pixel. */
export const mapColours = async (
  page: Page,
  layer: string,
  shape: readonly [number, number],
  pixels: readonly number[],
  hero = false,
): Promise<number[][]> => await coloursOf(mapCanvas(page, layer, hero), shape, pixels);

/** The same of any map's canvas. */
export async function coloursOf(
  canvas: Locator,
  shape: readonly [number, number],
  pixels: readonly number[],
): Promise<number[][]> {
  return await canvas.evaluate(
    (element, { rows, columns, wanted }) => {
      const picture = element as HTMLCanvasElement;
      const context = picture.getContext('2d');
      const scale = Math.min(picture.width / columns, picture.height / rows);
      const left = (picture.width - scale * columns) / 2;
      const top = (picture.height - scale * rows) / 2;
      return wanted.map((pixel) => {
        const x = Math.floor(left + ((pixel % columns) + 0.5) * scale);
        const y = Math.floor(top + (Math.floor(pixel / columns) + 0.5) * scale);
        return [...(context?.getImageData(x, y, 1, 1).data.slice(0, 3) ?? [])];
      });
    },
    { rows: shape[0], columns: shape[1], wanted: [...pixels] },
  );
}

/** Point of the page over the middle of a scan pixel in a map at zoom 1. */
export const pixelPoint = async (
  page: Page,
  layer: string,
  shape: readonly [number, number],
  pixel: number,
  hero = false,
): Promise<{ x: number; y: number }> => await pixelPlace(mapCanvas(page, layer, hero), shape, pixel);

/** The same over any map's canvas. */
export async function pixelPlace(
  canvas: Locator,
  shape: readonly [number, number],
  pixel: number,
): Promise<{ x: number; y: number }> {
  const bounds = await canvas.boundingBox();
  if (bounds === null) throw new Error('the map is not on the page');
  const scale = Math.min(bounds.width / shape[1], bounds.height / shape[0]);
  return {
    x: bounds.x + (bounds.width - scale * shape[1]) / 2 + ((pixel % shape[1]) + 0.5) * scale,
    y: bounds.y + (bounds.height - scale * shape[0]) / 2 + (Math.floor(pixel / shape[1]) + 0.5) * scale,
  };
}
