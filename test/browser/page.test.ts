import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Alert } from '../../protocol/index.ts';
import {
  dashboardState,
  mapCanvas,
  pixelPoint,
  settled,
  shownText,
  waitForState,
} from '../support/browser.ts';
import { FakePages } from '../support/fake-pages.ts';

const SHAPE: [number, number] = [64, 64];
/** In the middle of a silicon particle. */
const SILICON = 11 * SHAPE[1] + 16;

let pages: FakePages;
beforeAll(async () => {
  pages = await FakePages.start();
});
afterAll(() => pages?.close());
afterEach(() => pages.end());

describe('the hand', () => {
  test('Space is for the picture, also after a click on a tab', async () => {
    const { page } = await pages.openComplete();
    await page.getByRole('tab', { name: 'Intensity' }).click();
    await page.keyboard.press('Space');
    await waitForState(page, (state) => state.paused);
    expect((await dashboardState(page)).hero).toMatch(/intensity/);
  });

  test('0 and a double click show the whole embedding again', async () => {
    const { page } = await pages.openComplete();
    const bounds = await page.locator('ew-embedding-view canvas.picture').boundingBox();
    if (bounds === null) throw new Error('no embedding');
    const [x, y] = [bounds.x + bounds.width / 2, bounds.y + bounds.height / 2];
    const isZoomed = () =>
      page.evaluate(
        () =>
          (
            document.querySelector('ew-app') as unknown as {
              dashboard: { view: { embeddingViewport: { value?: object } } };
            }
          ).dashboard.view.embeddingViewport.value !== undefined,
      );
    for (const reset of [() => page.keyboard.press('0'), () => page.mouse.dblclick(x, y)]) {
      await page.mouse.move(x, y);
      await page.mouse.wheel(0, -400);
      await expect.poll(isZoomed).toBe(true);
      await reset();
      await expect.poll(isZoomed).toBe(false);
    }
  });

  test('a reload keeps map, pin and zoom', async () => {
    const { page } = await pages.openComplete();
    await page.keyboard.press('5');
    const point = await pixelPoint(page, 'HAADF', SHAPE, SILICON);
    await page.mouse.click(point.x, point.y);
    await page.keyboard.press('+');
    await expect.poll(() => page.url()).toMatch(/#map=C-K\+intensity.*pin=11,16.*zoom=/);
    await page.reload();
    await waitForState(page, (state) => state.hero === 'C-K intensity' && state.pinnedPixel === SILICON);
    await expect.poll(() => page.url()).toMatch(/zoom=[\d.]+,[\d.]+,1\.5/);
  });

  test('a pixel that is not measured shows no spectrum', async () => {
    const { page, server } = await pages.open();
    server.advanceTo(20 * SHAPE[1]);
    await waitForState(page, (state) => state.layersMeasured.HAADF === 20 * SHAPE[1]);
    const point = await pixelPoint(page, 'HAADF', SHAPE, 50 * SHAPE[1] + 9);
    await page.mouse.move(point.x, point.y);
    await expect.poll(() => shownText(page, 'ew-spectrum-plot')).toContain('nothing is measured here yet');
  });

  test('the text grows with X, and stays so', async () => {
    const { page } = await pages.openComplete();
    const size = () =>
      page.locator('ew-class-legend').evaluate((host) => Number.parseFloat(getComputedStyle(host).fontSize));
    const before = await size();
    await page.keyboard.press('x');
    await expect.poll(size).toBeCloseTo(1.15 * before);
    await page.reload();
    await expect.poll(size).toBeCloseTo(1.15 * before);
  });
});

describe('alerts', () => {
  const alert = (id: string, severity: Alert['severity'] = 'warning'): Alert => ({
    id,
    severity,
    message: `${id} is wrong`,
    at: Date.now(),
  });

  test('of one kind are one line, and are folded into a count', async () => {
    const { page, server } = await pages.openComplete();
    for (let i = 0; i < 25; i++) server.raise(alert(`open/${i}`));
    await expect
      .poll(() => shownText(page, 'ew-alert-list'))
      .toMatch(/open\/\d+ is wrong and 24 more of this kind/);
    expect(await page.locator('ew-alert-list li').count()).toBe(1);
    await page.getByRole('button', { name: /25 warnings/ }).click();
    await expect.poll(() => page.locator('ew-alert-list li').count()).toBe(0);
    await page.getByRole('button', { name: /25 warnings/ }).click();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await expect.poll(() => shownText(page, 'ew-alert-list')).toBe('');
  });
});

describe('small windows', () => {
  test.each([
    [960, 600],
    [1280, 640],
    [700, 900],
  ])('of %i × %i show everything at a size that can be read', async (width, height) => {
    const { page } = await pages.openComplete({}, { width, height });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    const tabs = await page.locator('ew-hero-panel [role=tab]').all();
    for (const tab of tabs) {
      const bounds = await tab.boundingBox();
      expect((bounds?.x ?? width) + (bounds?.width ?? 0)).toBeLessThanOrEqual(width);
    }
    for (const canvas of [
      mapCanvas(page, 'HAADF'),
      page.locator('ew-hero-panel canvas.picture'),
      page.locator('ew-embedding-view canvas.picture'),
    ]) {
      const bounds = await canvas.boundingBox();
      expect(Math.min(bounds?.width ?? 0, bounds?.height ?? 0)).toBeGreaterThanOrEqual(90);
    }
    const [left, right, tiles] = await Promise.all(
      ['.left', '.right', 'ew-tile-grid'].map((part) => page.locator(part).boundingBox()),
    );
    const isBelow = (tiles?.y ?? 0) >= Math.max((left?.y ?? 0) + (left?.height ?? 0), 0) - 1;
    const isBeside = (tiles?.x ?? 0) >= (left?.x ?? 0) + (left?.width ?? 0) - 1;
    expect([isBelow, isBeside]).toContain(true);
    if (isBelow && right && tiles)
      expect(right.y + right.height <= tiles.y + 1 || right.y >= tiles.y).toBe(true);
    await page.locator('ew-tile-grid').scrollIntoViewIfNeeded();
    await settled(page);
  });
});
