import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { classColour } from '../../protocol/index.ts';
import { compareResults } from '../../server/comparison/compare-results.ts';
import { ComparisonState } from '../../server/comparison/comparison-state.ts';
import type { RunningServer } from '../../server/hub/server.ts';
import { startServer } from '../../server/hub/server.ts';
import type { WatchedPage } from '../support/browser.ts';
import {
  coloursOf,
  dashboardState,
  launchBrowser,
  openPage,
  pixelPlace,
  settled,
  shownText,
  waitForState,
} from '../support/browser.ts';
import { BUILT_CLIENT } from '../support/built-client.ts';
import { smallSide } from '../support/small-results.ts';

const SHAPE: [number, number] = [12, 16];
const PIXELS = SHAPE[0] * SHAPE[1];
/** Left half, right half, a rim at the top that is absent, and one pixel that B has not measured. */
const ABSENT_PIXEL = 3;
const LEFT = 5 * SHAPE[1] + 3;
const RIGHT = 5 * SHAPE[1] + 12;
const MOVED = 6 * SHAPE[1] + 9;
const UNMEASURED = PIXELS - 1;

const labels = (left: number, right: number) =>
  Array.from({ length: PIXELS }, (_, i) => (i < SHAPE[1] ? -1 : i % SHAPE[1] < 8 ? left : right));
const inB = labels(1, 0);
inB[MOVED] = 1;
inB[UNMEASURED] = -2;
const A = smallSide('first', SHAPE, [
  { name: 'Si-L', labels: labels(0, 1) },
  { name: 'C-K', labels: labels(0, 0) },
]);
const B = smallSide('second', SHAPE, [
  { name: 'Si-L', labels: inB, intensity: inB.map((label, i) => (i === LEFT ? 500 : 100 * (label + 1))) },
  { name: 'O-K', labels: labels(0, 0) },
]);

let browser: Browser;
let server: RunningServer;
let watched: WatchedPage;
let page: Page;

/** What a software rasteriser and reading pixels back say of themselves. */
const EXPECTED = /GPU stall due to ReadPixels|willReadFrequently/;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
});

beforeEach(async () => {
  const state = new ComparisonState(compareResults(A, B), A, B);
  const { comparison } = state;
  server = await startServer({
    port: 0,
    state,
    comparison,
    clientDirectory: BUILT_CLIENT,
    capabilities: ['comparison'],
  });
  watched = await openPage(browser, `${server.url}/`);
  page = watched.page;
  await waitForState(page, (now) => now.layersDrawn['Si-L classes B'] === PIXELS - 1);
  await settled(page);
});

afterEach(async () => {
  const problems = watched.problems.filter((problem) => !EXPECTED.test(problem));
  await page.close();
  await server.close();
  expect(problems).toEqual([]);
});

const map = (layer: string) => page.locator(`ew-compare-maps canvas[data-layer="${layer}"]`);
const colours = (layer: string, pixels: number[]) => coloursOf(map(layer), SHAPE, pixels);

async function pointAt(layer: string, pixel: number, click?: 'click' | 'shift'): Promise<void> {
  const { x, y } = await pixelPlace(map(layer), SHAPE, pixel);
  await page.mouse.move(x, y);
  if (click === 'shift') await page.keyboard.down('Shift');
  if (click) await page.mouse.click(x, y);
  if (click === 'shift') await page.keyboard.up('Shift');
}

describe('the page of a comparison', () => {
  test('shows classes that stand for each other in one colour, and where they change', async () => {
    for (const side of ['A', 'B']) {
      const [left, right] = await colours(`Si-L classes ${side}`, [LEFT, RIGHT]);
      expect([left, right]).toEqual([[...classColour(0)], [...classColour(1)]]);
    }
    const [same, absent, moved] = await colours('Si-L change of class', [LEFT, ABSENT_PIXEL, MOVED]);
    expect(absent).toEqual(same);
    expect(moved[0] - same[0]).toBeGreaterThan(120);
    const [ground, dark] = await colours('Si-L classes B', [UNMEASURED, ABSENT_PIXEL]);
    expect(ground).not.toEqual(dark);
  });

  test('marks the pixel under the pointer on both sides, and says what each says of it', async () => {
    const marksOfA = () =>
      page
        .locator('ew-compare-maps section')
        .first()
        .locator('canvas.marks')
        .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const before = await marksOfA();
    await pointAt('Si-L classes B', MOVED);
    await waitForState(page, ({ hoverPixel }) => hoverPixel === MOVED);
    const words = await shownText(page, 'ew-compare-readout');
    expect(words).toMatch(/pixel \(6, 9\) A 1 B 1 /);
    // Marked on the other side, which the pointer is not on.
    expect(await marksOfA()).not.toBe(before);
    await pointAt('Si-L classes A', UNMEASURED);
    expect(await shownText(page, 'ew-compare-readout')).toContain('B not measured');
  });

  test('zooms and pans all maps together', async () => {
    const before = await colours('Si-L classes A', [RIGHT]);
    const { x, y } = await pixelPlace(map('Si-L classes B'), SHAPE, LEFT);
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, -3000);
    await settled(page);
    for (const side of ['A', 'B']) {
      // Where the right half was, the left one is now.
      const [zoomed] = await colours(`Si-L classes ${side}`, [RIGHT]);
      expect(zoomed).toEqual([...classColour(0)]);
    }
    await page.keyboard.press('0');
    await settled(page);
    expect(await colours('Si-L classes A', [RIGHT])).toEqual(before);
  });

  test('isolates a class of one side on both', async () => {
    await pointAt('Si-L classes A', RIGHT, 'shift');
    await settled(page);
    expect((await dashboardState(page)).selectedClasses).toEqual([{ edge: 'Si-L.A', label: 1 }]);
    const [left, right, moved] = await colours('Si-L classes B', [LEFT, RIGHT, MOVED]);
    expect(right).toEqual([...classColour(1)]);
    // The pixel that B has in the other class is lit in B's colour: it is of A's class.
    expect(moved).toEqual([...classColour(0)]);
    expect(left).not.toEqual([...classColour(0)]);
  });

  test('has figures, differences with one scale for both sides, and names what only one has', async () => {
    const agreement = await shownText(page, 'ew-compare-agreement');
    expect(agreement).toContain('left out as not measured: 0 in A alone, 1 in B alone, 0 in both');
    expect(await shownText(page, 'ew-compare-page .notes')).toBe('only in A: C-Konly in B: O-K');
    await page.getByRole('button', { name: 'Intensity' }).click();
    await waitForState(page, (now) => now.layersDrawn['Si-L intensity B − A'] === PIXELS - 1);
    await settled(page);
    const bars = page.locator('ew-compare-maps ew-colour-bar');
    const texts = await Promise.all([0, 2].map(async (i) => (await bars.nth(i).innerText()).trim()));
    expect(texts[0]).toBe(texts[1]);
    expect(await shownText(page, 'ew-compare-page .difference')).toMatch(
      /B − A net counts: .*largest \+400 at \(5, 3\)/,
    );
    await page.getByRole('tab', { name: 'Scan' }).click();
    expect(await shownText(page, 'ew-compare-page .difference')).toContain('equal in all 192 pixels');
  });
});
