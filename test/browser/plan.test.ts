import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PlanCommand } from '../../protocol/index.ts';
import { PLAN_FORMATS } from '../../server/planning/plan-formats.ts';
import type { WatchedPage } from '../support/browser.ts';
import {
  dashboardState,
  launchBrowser,
  mapCanvas,
  openPage,
  pixelPoint,
  shownText,
  waitForState,
} from '../support/browser.ts';
import { BUILT_CLIENT } from '../support/built-client.ts';
import type { FakeServerOptions } from '../support/fake-dashboard-server.ts';
import { FakeDashboardServer } from '../support/fake-dashboard-server.ts';
import { fakePlan } from '../support/fake-plan.ts';
import { FakeSessions, sessionEntry } from '../support/fake-sessions.ts';

const SHAPE: [number, number] = [32, 32];
const PIXELS = SHAPE[0] * SHAPE[1];
const PLAN_COMMANDS = ['plan', 'accept-plan', 'withdraw-plan'];
/** What a software rasteriser and reading pixels back say of themselves. */
const EXPECTED = /GPU stall due to ReadPixels|willReadFrequently/;

let browser: Browser;
let server: FakeDashboardServer;
let watched: WatchedPage;
let page: Page;

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

/** A scan that is over, with three regions proposed. */
async function open(options: Partial<FakeServerOptions> = {}): Promise<void> {
  server = await FakeDashboardServer.start({
    clientDir: BUILT_CLIENT,
    shape: SHAPE,
    planned: true,
    ...options,
  });
  watched = await openPage(browser, server.url);
  page = watched.page;
  server.advanceTo(PIXELS, true);
  server.propose(fakePlan());
  await waitForState(page, (state) => state.layersMeasured['Value of a rescan'] === PIXELS);
  await row(1).waitFor();
}

const panel = () => page.locator('ew-plan-panel');
const row = (number: number) => page.locator(`ew-plan-list [data-region="${number}"]`);
const numbers = () =>
  page
    .locator('ew-plan-list [data-region]')
    .evaluateAll((rows) => rows.map((one) => Number((one as HTMLElement).dataset.region)));
const words = () => shownText(page, 'ew-plan-panel');
const button = (name: string) => page.locator('ew-plan-tools').getByRole('button', { name });
const planCommands = () =>
  server.commands.filter(({ type }) => PLAN_COMMANDS.includes(type)) as PlanCommand[];
const point = (y: number, x: number) => pixelPoint(page, 'Si-L classes', SHAPE, y * SHAPE[1] + x, true);
const place = async (number: number): Promise<string> =>
  (await row(number).getAttribute('title'))?.split(' · ').at(-1) ?? '';

/** Whether something is drawn over the middle of a pixel, and on its upper border, in the canvas of marks over a map. */
const marksAt = (layer: string, hero: boolean, y: number, x: number) =>
  mapCanvas(page, layer, hero).evaluate(
    (element, { shape, y: row, x: column }) => {
      const canvas = element.parentElement?.querySelector<HTMLCanvasElement>('canvas.marks');
      const context = canvas?.getContext('2d');
      if (!canvas || !context) throw new Error('no marks');
      const scale = Math.min(canvas.width / shape[1], canvas.height / shape[0]);
      const left = (canvas.width - scale * shape[1]) / 2 + column * scale;
      const top = (canvas.height - scale * shape[0]) / 2 + row * scale;
      const opaque = (px: number, py: number) =>
        (context.getImageData(Math.round(px), Math.round(py), 1, 1).data[3] ?? 0) > 0;
      return {
        middle: opaque(left + scale / 2, top + scale / 2),
        above: opaque(left + scale / 2, Math.round(top) - 1),
      };
    },
    { shape: SHAPE, y, x },
  );

test('regions are listed with reasons, and outlined on every map without covering a pixel', async () => {
  await open();
  expect(await numbers()).toEqual([1, 2, 3]);
  expect(await words()).toContain('Si-L: class 1 or 2? S/N 4.1');
  expect(await words()).toContain('put right');
  for (const [layer, hero] of [
    ['Si-L classes', true],
    ['C-K classes', false],
    ['Thickness', false],
    ['Value of a rescan', false],
  ] as const) {
    // The first row of region 1, and the row above it.
    expect(await marksAt(layer, hero, 4, 9), layer).toEqual({ middle: false, above: true });
    expect(await marksAt(layer, hero, 6, 9), layer).toEqual({ middle: false, above: false });
  }
});

test('list and maps point at each other', async () => {
  await open();
  const lit = () =>
    page
      .locator('ew-plan-list li[data-lit] [data-region]')
      .evaluateAll((rows) => rows.map((one) => (one as HTMLElement).dataset.region));
  expect(await lit()).toEqual([]);
  const { x, y } = await point(22, 20);
  await page.mouse.move(x, y);
  await expect.poll(lit).toEqual(['2']);
  // A line that is lit is thicker: it reaches two canvas pixels outwards.
  const thick = () =>
    mapCanvas(page, 'C-K classes').evaluate((element) => {
      const canvas = element.parentElement?.querySelector<HTMLCanvasElement>('canvas.marks');
      const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let count = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i] > 0) count++;
      return count;
    });
  const before = await thick();
  await row(3).hover();
  await expect.poll(lit).toEqual(['3']);
  await page.mouse.move(2, 2);
  await expect.poll(lit).toEqual([]);
  expect(await thick()).toBeLessThan(before);
});

describe('the open plan', () => {
  const openPlan = async (options: Partial<FakeServerOptions> = {}) => {
    await open(options);
    await page.keyboard.press('p');
    await page.locator('ew-plan-budget').waitFor();
  };

  test('plans again while the slider moves, and for the terms that are switched', async () => {
    await openPlan();
    const slider = page.locator('ew-plan-budget .slider');
    const bounds = await slider.boundingBox();
    if (bounds === null) throw new Error('no slider');
    const y = bounds.y + bounds.height / 2;
    await page.mouse.move(bounds.x + bounds.width / 2, y);
    await page.mouse.down();
    for (let part = 0.5; part >= 0; part -= 0.05) await page.mouse.move(bounds.x + part * bounds.width, y);
    await page.mouse.up();
    await expect.poll(numbers).toEqual([]);
    await expect.poll(words).toContain('No rescan is worth its dose');
    const sliding = planCommands();
    expect(sliding.at(-1)).toMatchObject({
      type: 'plan',
      epoch: 1,
      request: { budget: { unit: 'percent', value: 1 } },
    });
    expect(sliding.length).toBeLessThan(11);
    // Keys move the slider too, and letters still mean the page.
    await page.keyboard.press('End');
    await expect.poll(numbers).toEqual([1, 2, 3]);
    await page.locator('ew-plan-budget [data-term=novelty]').click();
    await expect
      .poll(() => planCommands().at(-1))
      .toMatchObject({
        request: { budget: { value: 100 }, terms: ['classes', 'presence', 'missing'] },
      });
    await page.locator('ew-plan-budget').getByLabel('Unit of the budget').selectOption('seconds');
    await expect
      .poll(() => planCommands().at(-1))
      .toMatchObject({ request: { budget: { unit: 'seconds', value: 10.2 } } });
    // A key of the page gives the keyboard back to the maps.
    await slider.focus();
    await page.keyboard.press(']');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => place(1)).toBe('rows 4–9, columns 7–14');
  });

  test('is changed by keys: moved, made larger, removed, added, and all of it undone', async () => {
    await openPlan();
    await page.keyboard.press(']');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    await expect.poll(() => place(1)).toBe('rows 5–11, columns 7–14');
    expect(await words()).toContain('edited');
    await page.keyboard.press('Delete');
    await expect.poll(numbers).toEqual([2, 3]);
    await page.keyboard.press('a');
    await page.keyboard.press('Enter');
    await expect.poll(numbers).toEqual([2, 3, 4]);
    await expect.poll(() => place(4)).toBe('rows 14–17, columns 14–17');
    for (let i = 0; i < 4; i++) await page.keyboard.press('Control+z');
    await expect.poll(numbers).toEqual([1, 2, 3]);
    await expect.poll(() => place(1)).toBe('rows 4–9, columns 6–13');
    await expect.poll(words).toContain('follows the scan');
    await page.keyboard.press('Control+Shift+z');
    await page.keyboard.press('Control+y');
    await page.keyboard.press('Control+y');
    await expect.poll(numbers).toEqual([2, 3]);
    expect((await dashboardState(page)).pinnedPixel).toBeUndefined();
  });

  test('is changed by the mouse: selected, moved, pulled by a corner, drawn', async () => {
    await openPlan();
    const drag = async (from: { x: number; y: number }, to: { x: number; y: number }) => {
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2);
      await page.mouse.move(to.x, to.y);
      await page.mouse.up();
    };
    const inside = await point(6, 9);
    await page.mouse.click(inside.x, inside.y);
    await expect.poll(() => row(1).getAttribute('aria-pressed')).toBe('true');
    await drag(inside, await point(9, 11));
    await expect.poll(() => place(1)).toBe('rows 7–12, columns 8–15');
    // The last corner lies between pixels 12 and 13, 15 and 16.
    const [last, next] = [await point(12, 15), await point(13, 16)];
    const corner = { x: (last.x + next.x) / 2, y: (last.y + next.y) / 2 };
    const step = next.x - last.x;
    await drag(corner, { x: corner.x + 3 * step, y: corner.y - 2 * step });
    await expect.poll(() => place(1)).toBe('rows 7–10, columns 8–18');
    await button('Add').click();
    await drag(await point(28, 20), await point(22, 27));
    await expect.poll(() => place(4)).toBe('rows 22–28, columns 20–27');
    await expect.poll(() => row(4).getAttribute('aria-pressed')).toBe('true');
    await expect.poll(words).toContain('added by hand');
    // Judged by the value map.
    expect(await words()).toMatch(/≈\s?\+\d+/);
    await button('Undo').click();
    await button('Undo').click();
    await expect.poll(() => place(1)).toBe('rows 7–12, columns 8–15');
    await button('Redo').click();
    await expect.poll(() => place(1)).toBe('rows 7–10, columns 8–18');
    // Elsewhere the map is dragged and pinned as ever.
    const free = await point(1, 1);
    await page.keyboard.press('Escape');
    await page.mouse.click(free.x, free.y);
    await waitForState(page, ({ pinnedPixel }) => pinnedPixel === SHAPE[1] + 1);
  });

  test('an edited plan is held while the proposal goes on, with a way back', async () => {
    await openPlan();
    await row(2).click();
    await page.locator('ew-plan-list').getByLabel('Dwells of region 2').fill('6');
    await page.keyboard.press('Enter');
    await expect.poll(words).toContain('changed by hand');
    const later = fakePlan();
    server.propose({ ...later, number: 9, regions: later.regions.slice(0, 1) });
    await expect.poll(words).toContain('edited; the proposal has moved on');
    expect(await numbers()).toEqual([1, 2, 3]);
    await panel().getByRole('button', { name: 'Show the proposal' }).click();
    await expect.poll(numbers).toEqual([1]);
  });

  test('is sent after it is said what will happen, and withdrawn', async () => {
    await openPlan();
    server.propose({ ...fakePlan(), doseRate: 120 });
    await row(3).click();
    await page.keyboard.press('Delete');
    await button('Send to microscope…').click();
    const dialog = page.locator('ew-plan-dialog dialog');
    await expect.poll(() => dialog.isVisible()).toBe(true);
    const said = await shownText(page, 'ew-plan-dialog');
    expect(said).toContain('2 regions of 2 to 4 dwells');
    expect(said).toContain('up to 480 e/Å² more');
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.isVisible()).toBe(false);
    expect(planCommands()).toEqual([]);
    await button('Send to microscope…').click();
    await dialog.getByRole('button', { name: 'Send', exact: true }).click();
    await expect.poll(planCommands).toEqual([
      {
        type: 'accept-plan',
        epoch: 1,
        rectangles: [
          { y: 4, x: 6, height: 6, width: 8, dwells: 2 },
          { y: 20, x: 18, height: 5, width: 5, dwells: 4 },
        ],
      },
    ]);
    await expect.poll(words).toContain('accepted');
    expect(await words()).toContain('predicted +10 px, not scanned yet');
    // What was sent is not changed by hand.
    await row(1).click();
    await page.keyboard.press('Delete');
    expect(await numbers()).toEqual([1, 2]);
    await button('Withdraw').click();
    await expect.poll(words).toContain('proposed');
    expect(planCommands().at(-1)).toEqual({ type: 'withdraw-plan', epoch: 1 });
  });

  test('offers the plan as files, and how settled the labels are', async () => {
    await openPlan();
    const links = await page
      .locator('ew-plan-export a')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    expect(links[0]).toBe('api/plan');
    const served = PLAN_FORMATS.map((format) => `api/plan/export/${format}`);
    expect(links.slice(1).sort()).toEqual(served.sort());
    const curve = page.locator('ew-settled-curve svg');
    expect(await curve.getAttribute('aria-label')).toContain('1: 3.4');
    const plan = fakePlan();
    server.propose({ ...plan, settled: { ...plan.settled, mayStop: true, remaining: 0.002 } });
    await expect.poll(words).toContain('You may stop now: 0.2');
  });

  test('of an earlier scan that is kept on show is looked at alone', async () => {
    await openPlan();
    const free = await point(1, 1);
    await page.mouse.click(free.x, free.y);
    await waitForState(page, ({ pinnedPixel }) => pinnedPixel !== undefined);
    server.beginScan();
    await expect.poll(words).toContain('to look at, not to change');
    expect(await numbers()).toEqual([1, 2, 3]);
    expect(await page.locator('ew-plan-budget .slider').count()).toBe(0);
    expect(await page.locator('ew-plan-tools').getByRole('button').count()).toBe(0);
  });
});

test('a recorded plan is looked at alone', async () => {
  const entry = sessionEntry('a', { created: '2026-11-27T13:03:00.000Z' });
  const sessions = new FakeSessions([entry]);
  server = await FakeDashboardServer.start({ clientDir: BUILT_CLIENT, shape: SHAPE, sessions });
  const player = sessions.player('a');
  if (player === undefined) throw new Error('no player');
  player.plan = fakePlan();
  watched = await openPage(browser, `${server.url}?session=a`);
  page = watched.page;
  await row(1).waitFor();
  await page.keyboard.press('p');
  await expect.poll(words).toContain('to look at, not to change');
  expect(await page.locator('ew-plan-tools').getByRole('button').count()).toBe(0);
  expect(await page.locator('ew-plan-export a').count()).toBe(0);
  await row(1).click();
  await page.keyboard.press('Delete');
  expect(await numbers()).toEqual([1, 2, 3]);
});
