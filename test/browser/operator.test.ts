import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { WatchedPage } from '../support/browser.ts';
import { dashboardState, launchBrowser, openPage, shownText, waitForState } from '../support/browser.ts';
import { BUILT_CLIENT } from '../support/built-client.ts';
import type { FakeServerOptions } from '../support/fake-dashboard-server.ts';
import { FakeDashboardServer } from '../support/fake-dashboard-server.ts';

const SHAPE: [number, number] = [32, 32];
const PIXELS = SHAPE[0] * SHAPE[1];

let browser: Browser;
let server: FakeDashboardServer;
let watched: WatchedPage;
let page: Page;

/** What a software rasteriser, reading pixels back and a refused socket say of themselves. */
const EXPECTED = /GPU stall due to ReadPixels|willReadFrequently|Error during WebSocket handshake/;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
});

afterEach(async () => {
  const problems = watched.problems.filter((problem) => !EXPECTED.test(problem));
  await page.close();
  await server.close();
  expect(problems).toEqual([]);
});

async function open(options: Partial<FakeServerOptions> = {}): Promise<void> {
  server = await FakeDashboardServer.start({ clientDir: BUILT_CLIENT, shape: SHAPE, ...options });
  watched = await openPage(browser, server.url);
  page = watched.page;
  server.advanceTo(PIXELS / 2, true);
  await waitForState(page, (state) => state.layersMeasured.HAADF === PIXELS / 2);
}

test('a page of another version than the monitor offers to reload itself', async () => {
  await open();
  const banner = page.locator('ew-reload-banner');
  server.drop();
  await waitForState(page, (state) => state.connection === 'live' && server.joins === 2);
  expect(await shownText(page, 'ew-reload-banner')).toBe('');
  server.protocol = 'eelwatch.live.v9';
  server.drop();
  await expect.poll(() => shownText(page, 'ew-reload-banner')).toContain('another version');
  server.protocol = undefined;
  await banner.getByRole('button', { name: 'Reload' }).click();
  await expect.poll(async () => (await dashboardState(page))?.connection).toBe('live');
  expect(await shownText(page, 'ew-reload-banner')).toBe('');
});

test('limits of colours can be held, by key and by button, and both undone', async () => {
  await open();
  await page.locator('ew-tile-grid').getByText('Si-L intensity').click();
  const limits = () => shownText(page, 'ew-hero-panel ew-colour-bar');
  await expect.poll(limits).toContain('hold');
  await page.keyboard.press('f');
  await expect.poll(limits).toContain('held');
  const held = await limits();
  for (const layer of server.scan.message.layers.filter(({ name }) => name === 'Si-L intensity')) {
    const frame = server.scan.frame(layer, 0, SHAPE[0]);
    server.sendFrame({ ...frame, data: Float32Array.from(frame.data, (value) => 50 * value) });
  }
  await page.waitForTimeout(1500);
  expect(await limits()).toBe(held);
  await page.keyboard.press('z');
  await expect.poll(limits).toMatch(/\d{2}.?\d{3}/);
  await page.locator('ew-hero-panel').getByRole('button', { name: 'hold' }).click();
  await expect.poll(limits).toContain('held');
  await page.locator('ew-hero-panel').getByRole('button', { name: 'held' }).click();
  await expect.poll(limits).toContain('hold');
});

test('the low loss is shown where it is measured, of all spectra and of a pixel', async () => {
  await open();
  const modes = page.locator('ew-spectrum-plot').getByRole('group', { name: 'Spectrum' });
  await modes.getByRole('button', { name: 'classes' }).waitFor();
  expect(await modes.getByRole('button', { name: 'low loss' }).count()).toBe(0);
  await page.close();
  await server.close();
  await open({ lowLoss: true });
  await page.locator('ew-spectrum-plot').getByRole('button', { name: 'low loss' }).click();
  const chart = page.locator('ew-spectrum-plot .chart');
  await expect
    .poll(() => chart.getAttribute('aria-label'))
    .toBe('low loss, sum of all spectra, -20 to 107 eV.');
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => chart.getAttribute('aria-label')).toBe('low loss, -20 to 107 eV.');
});

test('pairs of classes are outlined on the large map, and not when they are turned off', async () => {
  await open();
  await page.keyboard.press('4');
  const drawn = () =>
    page.locator('ew-hero-panel canvas.outlines').evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
        data: [],
      };
      return data.some((value) => value > 0);
    });
  await expect.poll(drawn).toBe(true);
  await page.keyboard.press('g');
  await expect.poll(drawn).toBe(false);
  await page.keyboard.press('g');
  await expect.poll(drawn).toBe(true);
  await page.keyboard.press('1');
  await expect.poll(drawn).toBe(false);
});

test('numbers of classes leave the large map with its classes', async () => {
  await open();
  server.finish();
  const numbered = () =>
    page.locator('ew-hero-panel canvas.marks').evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
        data: [],
      };
      // Their grounds are dark and of one opacity, and cover more than where halos of marks overlap.
      const ground = data.filter((alpha, i) => i % 4 === 3 && alpha === 209 && data[i - 3] < 20);
      return ground.length > 200;
    });
  await expect.poll(numbered).toBe(true);
  await page.keyboard.press('4');
  await expect.poll(numbered).toBe(false);
  await page.keyboard.press('1');
  await expect.poll(numbered).toBe(true);
});
