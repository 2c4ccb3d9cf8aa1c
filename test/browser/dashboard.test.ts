import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { rgbOf, THEMES } from '../../client/styles/theme.ts';
import { classColour } from '../../protocol/index.ts';
import type { WatchedPage } from '../support/browser.ts';
import {
  dashboardState,
  launchBrowser,
  mapCanvas,
  mapColours,
  openPage,
  pixelPoint,
  settled,
  shownText,
  waitForState,
} from '../support/browser.ts';
import { BUILT_CLIENT } from '../support/built-client.ts';
import type { FakeServerOptions } from '../support/fake-dashboard-server.ts';
import { FakeDashboardServer } from '../support/fake-dashboard-server.ts';
import { isDoubtful } from '../support/fake-scan.ts';

const SHAPE: [number, number] = [64, 64];
const ROW = SHAPE[1];
/** In the middle of a silicon particle, in its shell of carbide, and in carbon. */
const SILICON = 11 * ROW + 16;
const CARBIDE = 11 * ROW + 26;
const CARBON = 30 * ROW + 55;

let browser: Browser;
let server: FakeDashboardServer;
let watched: WatchedPage;
let page: Page;

/** What a lost connection, a software rasteriser and reading pixels back say of themselves. */
const EXPECTED = /GPU stall due to ReadPixels|willReadFrequently|ERR_CONNECTION_REFUSED/;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
});

async function open(options: Partial<FakeServerOptions> = {}): Promise<void> {
  server = await FakeDashboardServer.start({ clientDir: BUILT_CLIENT, shape: SHAPE, ...options });
  watched = await openPage(browser, server.url);
  page = watched.page;
  await waitForState(page, (state) => state.epoch === 1);
}

/** A scan of which everything is measured and classified. */
async function openComplete(options: Partial<FakeServerOptions> = {}): Promise<void> {
  await open(options);
  server.advanceTo(1000, true);
  server.advanceTo(SHAPE[0] * SHAPE[1], true);
  await waitForState(page, (state) => state.layersMeasured['O-K classes'] === SHAPE[0] * SHAPE[1]);
  await settled(page);
}

afterEach(async () => {
  const problems = watched.problems.filter((problem) => !EXPECTED.test(problem));
  await page.close();
  await server.close();
  expect(problems).toEqual([]);
});

const layerId = (name: string) => {
  const layer = server.scan.message.layers.find((one) => one.name === name);
  if (layer === undefined) throw new Error(`no layer ${name}`);
  return layer;
};

/** Of a class without a name: by its number. */
const classColourOf = (edge: string, pixel: number) => [...classColour(server.scan.label(edge, pixel))];

describe('maps', () => {
  test('grow row by row, and each pixel takes its colour when it is measured', async () => {
    await open();
    const below = 40 * ROW + 20;
    server.advanceTo(20 * ROW);
    await waitForState(page, (state) => state.layersMeasured.HAADF === 20 * ROW);
    await settled(page);
    const [ground] = await mapColours(page, 'HAADF', SHAPE, [below]);
    const [measured] = await mapColours(page, 'HAADF', SHAPE, [SILICON]);
    expect(measured).not.toEqual(ground);
    server.advanceTo(60 * ROW);
    await waitForState(page, (state) => state.layersMeasured.HAADF === 60 * ROW);
    await settled(page);
    const [later] = await mapColours(page, 'HAADF', SHAPE, [below]);
    expect(later).not.toEqual(ground);
  });

  test('of named classes show a phase in its colour at every edge, through refits that renumber them', async () => {
    await openComplete({ named: true });
    const [silicon, oxide, carbide] = [0, 1, 2].map((place) => [...classColour(place)]);
    const byIdentity = { 'Si-L': [carbide, silicon, oxide], 'C-K': [carbide], 'O-K': [oxide] };
    const pixels = Array.from({ length: 200 }, (_, i) => (i * 1_619) % (SHAPE[0] * SHAPE[1]));
    for (const [edge, colours] of Object.entries(byIdentity)) {
      const drawn = await mapColours(page, `${edge} classes`, SHAPE, pixels);
      const found = pixels.flatMap((pixel, i) => {
        const colour = colours[server.scan.identity(edge, pixel)];
        return colour && !isDoubtful(pixel) ? [[drawn[i], colour]] : [];
      });
      expect(found.length).toBeGreaterThan(5);
      for (const [drawnColour, colour] of found) expect(drawnColour).toEqual(colour);
    }
  });

  test('of classes without names show every pixel in the colour of its number', async () => {
    await openComplete({ judged: true });
    const pixels = Array.from({ length: 200 }, (_, i) => (i * 1_619) % (SHAPE[0] * SHAPE[1]));
    let hatched = 0;
    for (const edge of ['Si-L', 'C-K', 'O-K']) {
      const colours = await mapColours(page, `${edge} classes`, SHAPE, pixels);
      pixels.forEach((pixel, i) => {
        if (server.scan.identity(edge, pixel) < 0) return;
        const colour = classColourOf(edge, pixel);
        if (!isDoubtful(pixel)) expect(colours[i]).toEqual(colour);
        // On a line of the hatching the ground shows through.
        else if (Math.max(...colours[i]) < 0.6 * Math.max(...colour)) hatched++;
      });
    }
    expect(hatched).toBeGreaterThan(2);
  });

  test('of an edge say where it is absent and where nothing is scanned, in both themes', async () => {
    await open({ gapAt: CARBON, judged: true });
    server.advanceTo(40 * ROW, true);
    await waitForState(page, (state) => state.layersMeasured['Si-L classes'] === 40 * ROW - 1);
    for (const theme of ['dark', 'light'] as const) {
      if (theme === 'light') await page.keyboard.press('t');
      await settled(page);
      const { ground, absent } = THEMES[theme];
      for (const map of ['Si-L classes', 'Si-L uncertainty']) {
        const [gap, below, missing] = await mapColours(page, map, SHAPE, [CARBON, 50 * ROW, CARBON + 3]);
        expect([gap, below, missing]).toEqual([rgbOf(ground), rgbOf(ground), rgbOf(absent)]);
      }
    }
  });

  test('tell absent from not measured', async () => {
    await open({ gapAt: CARBON });
    server.advanceTo(SHAPE[0] * SHAPE[1], true);
    await waitForState(page, (state) => state.layersMeasured['Si-L classes'] === SHAPE[0] * SHAPE[1] - 1);
    await settled(page);
    const [absent, gap, present] = await mapColours(page, 'Si-L classes', SHAPE, [
      CARBON + 3,
      CARBON,
      SILICON,
    ]);
    expect(absent).not.toEqual(gap);
    expect(present).not.toEqual(absent);
    await expect.poll(() => shownText(page, 'ew-bottom-bar')).toContain('1 pixel missing');
  });

  test('hold still while paused, and catch up afterwards', async () => {
    await open();
    server.advanceTo(20 * ROW);
    await waitForState(page, (state) => state.layersMeasured.HAADF === 20 * ROW);
    await page.keyboard.press('Space');
    server.advanceTo(50 * ROW);
    await waitForState(page, (state) => state.spectra === 50 * ROW);
    expect((await dashboardState(page)).layersMeasured['HAADF']).toBe(20 * ROW);
    await expect
      .poll(() => shownText(page, 'ew-top-bar'))
      .toMatch(/row 20 \/ 64.*paused · picture .* s old · 30 rows behind/);
    expect(await shownText(page, 'ew-top-bar')).not.toMatch(/left|spectra\/s/);
    expect(await page.locator('ew-top-bar .chip').getAttribute('data-state')).toBe('warn');
    await page.keyboard.press('Space');
    await waitForState(page, (state) => state.layersMeasured.HAADF === 50 * ROW);
  });

  test('any may take the large place, by key, by name and by tab', async () => {
    await openComplete();
    await page.keyboard.press('5');
    expect((await dashboardState(page)).hero).toBe('C-K intensity');
    await page.locator('ew-tile-grid').getByText('HAADF').click();
    expect((await dashboardState(page)).hero).toBe('HAADF');
    await page.getByRole('tab', { name: 'Information' }).click();
    await page.locator('ew-hero-panel').getByRole('button', { name: 'C × O' }).click();
    expect((await dashboardState(page)).hero).toBe('Information C-K × O-K');
    await settled(page);
    expect(await mapCanvas(page, 'Information C-K × O-K', true).count()).toBe(1);
  });

  test('zoom together', async () => {
    await openComplete();
    const before = await mapColours(page, 'O-K classes', SHAPE, [SILICON, CARBON]);
    const point = await pixelPoint(page, 'C-K intensity', SHAPE, CARBIDE);
    await page.mouse.move(point.x, point.y);
    await page.mouse.wheel(0, -1200);
    await settled(page);
    const pixels = Array.from({ length: 64 }, (_, i) => i * (ROW + 1));
    const zoomed = await mapColours(page, 'O-K classes', SHAPE, pixels);
    await page.keyboard.press('0');
    await settled(page);
    expect(await mapColours(page, 'O-K classes', SHAPE, pixels)).not.toEqual(zoomed);
    expect(await mapColours(page, 'O-K classes', SHAPE, [SILICON, CARBON])).toEqual(before);
  });
});

describe('selection', () => {
  test('a hovered pixel is named and its spectrum fetched; a click pins it, arrows move it, Esc lets go', async () => {
    await openComplete();
    const point = await pixelPoint(page, 'C-K classes', SHAPE, SILICON);
    await page.mouse.move(point.x, point.y);
    await waitForState(page, (state) => state.hoverPixel === SILICON && state.spectrumPixel === SILICON);
    await expect.poll(() => shownText(page, 'ew-spectrum-plot')).toContain('Pixel (11, 16)');
    await page.mouse.click(point.x, point.y);
    await page.mouse.move(700, 20);
    await waitForState(page, (state) => state.pinnedPixel === SILICON && state.hoverPixel === undefined);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowDown');
    await waitForState(
      page,
      (state) => state.pinnedPixel === SILICON + 1 + 10 * ROW && state.spectrumPixel === state.pinnedPixel,
    );
    await page.keyboard.press('Escape');
    await waitForState(page, (state) => state.pinnedPixel === undefined);
  });

  test('a class chosen in the legend dims every other pixel in every map, and stays itself through a refit', async () => {
    await open();
    server.advanceTo(40 * ROW, true);
    await waitForState(page, (state) => state.layersMeasured['C-K classes'] === 40 * ROW);
    await page.locator('ew-embedding-view').getByRole('button', { name: 'C-K' }).click();
    const number = server.scan.label('C-K', CARBIDE);
    // Colour limits follow the data at a calm pace: what is lit counts when they have come to rest.
    let lit: number[][] = [];
    await expect
      .poll(
        async () => {
          await settled(page);
          const before = lit;
          lit = await mapColours(page, 'HAADF', SHAPE, [CARBIDE, SILICON]);
          return String(before) === String(lit);
        },
        { interval: 1500, timeout: 20_000 },
      )
      .toBe(true);
    await page
      .locator('ew-class-legend')
      .getByRole('button', { name: `class ${number},` })
      .click();
    await page.mouse.move(700, 20);
    await settled(page);
    const selected = await mapColours(page, 'HAADF', SHAPE, [CARBIDE, SILICON]);
    expect(selected[0]).toEqual(lit[0]);
    expect(Math.max(...selected[1])).toBeLessThan(Math.max(...lit[1]));
    expect((await dashboardState(page)).selectedClasses).toEqual([{ edge: 'C-K', label: number }]);
    server.advanceTo(41 * ROW, true);
    await waitForState(page, (state) => state.layerRevisions['C-K classes'] === 2);
    await settled(page);
    const renumbered = server.scan.label('C-K', CARBIDE);
    expect(renumbered).not.toBe(number);
    expect((await dashboardState(page)).selectedClasses).toEqual([{ edge: 'C-K', label: renumbered }]);
    expect((await mapColours(page, 'C-K classes', SHAPE, [CARBIDE]))[0]).toEqual(
      classColourOf('C-K', CARBIDE),
    );
    await page.keyboard.press('Escape');
    await waitForState(page, (state) => state.selectedClasses.length === 0);
  });

  test('a cell of the matrix selects the pair, the embedding and a map a class', async () => {
    await openComplete();
    const a = server.scan.label('Si-L', CARBIDE);
    const b = server.scan.label('C-K', CARBIDE);
    await page.locator(`ew-information-matrix [data-pair="${a},${b}"]`).click();
    expect((await dashboardState(page)).selectedClasses).toEqual([
      { edge: 'Si-L', label: a },
      { edge: 'C-K', label: b },
    ]);
    expect(await shownText(page, 'ew-information-matrix')).toMatch(
      /class \d \(Si-L\) × class \d \(C-K\): 0\.\d+ of 0\.\d+ nats/,
    );
    await page.keyboard.press('Escape');
    const shell = await pixelPoint(page, 'C-K classes', SHAPE, CARBIDE);
    await page.keyboard.down('Shift');
    await page.mouse.click(shell.x, shell.y);
    await page.keyboard.up('Shift');
    expect((await dashboardState(page)).selectedClasses).toEqual([{ edge: 'C-K', label: b }]);
    await page.keyboard.press('Escape');
    const plane = await page.locator('ew-embedding-view canvas.picture').boundingBox();
    await page.mouse.click((plane?.x ?? 0) + 3, (plane?.y ?? 0) + 3);
    const [chosen] = (await dashboardState(page)).selectedClasses;
    expect(chosen.edge).toBe('Si-L');
    expect(chosen.label).toBeGreaterThanOrEqual(0);
  });

  test('a hovered point of the embedding is the pixel of the maps', async () => {
    await openComplete();
    const canvas = page.locator('ew-embedding-view canvas.picture');
    const bounds = await canvas.boundingBox();
    for (const identity of [0, 1, 2]) {
      const place = await canvas.evaluate(
        (element, [r, g, b]) => {
          const picture = element as HTMLCanvasElement;
          const { width, height } = picture;
          const samples = picture.getContext('2d')?.getImageData(0, 0, width, height).data ?? [];
          for (let i = 0; i < samples.length; i += 4)
            if (samples[i] === r && samples[i + 1] === g && samples[i + 2] === b)
              return { x: ((i / 4) % width) / width, y: Math.floor(i / 4 / width) / height };
          return undefined;
        },
        [...classColour(identity)],
      );
      if (bounds === null || place === undefined) throw new Error(`no point of class ${identity} was drawn`);
      await page.mouse.move(bounds.x + place.x * bounds.width, bounds.y + place.y * bounds.height);
      await waitForState(page, (state) => state.hoverPixel !== undefined);
      const { hoverPixel = 0 } = await dashboardState(page);
      expect(server.scan.identity('Si-L', hoverPixel)).toBe(identity);
      await page.mouse.move(700, 20);
      await waitForState(page, (state) => state.hoverPixel === undefined);
    }
  });
});

describe('connection', () => {
  test('a lost one is said, comes back by itself and keeps the picture meanwhile', async () => {
    await openComplete();
    const before = await mapColours(page, 'Si-L classes', SHAPE, [SILICON, CARBON]);
    server.drop();
    await waitForState(page, (state) => state.connection === 'reconnecting');
    expect(await shownText(page, 'ew-top-bar')).toContain('connection lost');
    expect(await mapColours(page, 'Si-L classes', SHAPE, [SILICON, CARBON])).toEqual(before);
    await waitForState(page, (state) => state.connection === 'live');
    expect(server.joins).toBe(2);
    await settled(page);
    expect(await mapColours(page, 'Si-L classes', SHAPE, [SILICON, CARBON])).toEqual(before);
  });

  test('after a restart of the monitor nothing of the old session is left', async () => {
    await openComplete();
    server.sessionId = 'fake-2';
    server.beginScan();
    server.drop();
    await waitForState(
      page,
      (state) => state.sessionId === 'fake-2' && state.connection === 'live' && state.epoch === 2,
    );
    await settled(page);
    expect((await dashboardState(page)).layersMeasured['HAADF']).toBe(0);
    const [a, b] = await mapColours(page, 'HAADF', SHAPE, [SILICON, CARBON]);
    expect(a).toEqual(b);
  });

  test('a new scan takes the place of the old one when it is asked for, of another shape too', async () => {
    await openComplete();
    await page.locator('ew-class-legend').getByRole('button', { name: 'class 0,' }).click();
    await page.mouse.move(700, 20);
    server.beginScan([9, 50]);
    await expect.poll(() => shownText(page, 'ew-live-chip')).toContain('new scan');
    expect((await dashboardState(page)).epoch).toBe(1);
    await page.keyboard.press('l');
    await waitForState(page, (state) => state.epoch === 2);
    expect((await dashboardState(page)).selectedClasses).toEqual([]);
    server.advanceTo(450, true);
    await waitForState(page, (state) => state.layersMeasured['Si-L classes'] === 450);
    await settled(page);
    const pixels = Array.from({ length: 45 }, (_, i) => i * 10).filter(
      (pixel) => server.scan.identity('C-K', pixel) >= 0,
    );
    const colours = await mapColours(page, 'C-K classes', [9, 50], pixels);
    expect(colours).toEqual(pixels.map((pixel) => classColourOf('C-K', pixel)));
  });

  test('frames that do not fit are refused, and said', async () => {
    await open();
    server.advanceTo(20 * ROW);
    await waitForState(page, (state) => state.layersMeasured.HAADF === 20 * ROW);
    server.sendFrame({ ...server.scan.frame(layerId('HAADF'), 0, 2), firstRow: 63 });
    await expect.poll(() => shownText(page, 'ew-alert-list')).toContain('frame of layer "HAADF": rows');
    server.advanceTo(30 * ROW);
    await waitForState(page, (state) => state.layersMeasured.HAADF === 30 * ROW);
  });
});

describe('honest states', () => {
  test('before the first spectrum and the first model the page says what it waits for', async () => {
    await open({ firstModelAt: 400, unavailable: { edge: 'O-K', note: 'the energy axis ends at 480 eV' } });
    expect(await shownText(page, 'ew-tile-grid')).toContain('waiting for the first spectrum');
    server.advanceTo(312);
    await waitForState(page, (state) => state.spectra === 312);
    await expect
      .poll(() => shownText(page, 'ew-embedding-view'))
      .toMatch(/collecting: \d+ of 400 spectra with the edge before the first model/);
    expect(await shownText(page, 'ew-tile-grid')).toContain(
      'edge unavailable: the energy axis ends at 480 eV',
    );
    expect(await shownText(page, 'ew-bottom-bar')).toContain('O-K unavailable');
  });

  test('the age of the data is shown, and turns to a warning when nothing comes', async () => {
    await open();
    server.advanceTo(20 * ROW);
    const chip = page.locator('ew-top-bar .chip');
    await expect.poll(() => chip.textContent()).toMatch(/^live · data \d\.\d s old$/);
    await expect.poll(() => chip.getAttribute('data-state'), { timeout: 15_000 }).toBe('warn');
    server.finish();
    await expect.poll(() => chip.textContent()).toBe('complete');
    server.finish('failed');
    await expect.poll(() => chip.textContent()).toBe('failed · not all final maps are there');
    expect(await chip.getAttribute('data-state')).toBe('bad');
  });

  test('alerts are shown with their tip until they are dismissed or over', async () => {
    await open();
    server.raise({
      id: 'x',
      severity: 'warning',
      message: 'map.rpl: shape: expected 64 rows',
      tip: 'Use --shape',
      at: 1,
    });
    const list = page.locator('ew-alert-list');
    await expect.poll(() => shownText(page, 'ew-alert-list')).toContain('Use --shape');
    await list.getByRole('button', { name: 'Dismiss' }).click();
    await expect.poll(() => shownText(page, 'ew-alert-list')).toBe('');
    server.raise({ id: 'x', severity: 'warning', message: 'again', at: 2 });
    await expect.poll(() => shownText(page, 'ew-alert-list')).toContain('again');
  });
});

describe('the page', () => {
  test('fits the window without scrolling, in dark and light', async () => {
    await openComplete();
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 1920, height: 1080 },
    ]) {
      await page.setViewportSize(viewport);
      await settled(page);
      const overflow = await page.evaluate(() => {
        const root = document.documentElement;
        const right = document.querySelector('ew-app')?.shadowRoot?.querySelector('.right');
        return [
          root.scrollWidth - innerWidth,
          root.scrollHeight - innerHeight,
          (right?.scrollHeight ?? 0) - (right?.clientHeight ?? 0),
        ];
      });
      expect(overflow).toEqual([0, 0, 0]);
    }
    await page.keyboard.press('t');
    await settled(page);
    const [light] = await mapColours(page, 'Si-L classes', SHAPE, [CARBON]);
    expect(Math.min(...light)).toBeGreaterThan(200);
  });

  test('a picture that gets another size keeps what it shows until it is drawn again', async () => {
    await openComplete();
    const lit = await page.locator('ew-embedding-view').evaluate(async (host) => {
      const stage = host.shadowRoot?.querySelector<HTMLElement>('.stage');
      const canvas = stage?.querySelector<HTMLCanvasElement>('.picture');
      if (!stage || !canvas) return [];
      const count = () => {
        const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
          data: [],
        };
        let bright = 0;
        for (let i = 0; i < data.length; i += 4) if (data[i] + data[i + 1] + data[i + 2] > 200) bright++;
        return bright;
      };
      const before = count();
      Object.assign(stage.style, { height: `${stage.clientHeight - 60}px`, flex: 'none' });
      // Called after the page's own observer, in the same frame.
      const after = await new Promise<number>((resolve) => {
        new ResizeObserver(() => resolve(count())).observe(stage);
      });
      return [before, after];
    });
    expect(lit[0]).toBeGreaterThan(500);
    expect(lit[1]).toBeGreaterThan(lit[0] / 2);
  });

  test('lists every shortcut on "?"', async () => {
    await open();
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog');
    await expect.poll(() => dialog.textContent()).toContain('Hold the picture');
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.isVisible()).toBe(false);
  });

  test('offers the scan for download in every format', async () => {
    await open();
    const menu = page.locator('ew-export-menu');
    await menu.getByText('Export').click();
    const links = menu.getByRole('link');
    await expect.poll(() => links.count()).toBe(5);
    const targets = await links.evaluateAll((found) =>
      found.map((link) => [link.getAttribute('href'), link.hasAttribute('download')]),
    );
    const formats = ['hspy', 'zspy', 'rpl', 'csv', 'png'];
    expect(targets).toEqual(formats.map((format) => [`api/export/${format}`, true]));
    await page.keyboard.press('Escape');
    await expect.poll(() => links.first().isVisible()).toBe(false);
    // Closed as menus are: by going elsewhere.
    await menu.getByText('Export').click();
    await page.getByText('eelwatch', { exact: true }).click();
    await expect.poll(() => links.first().isVisible()).toBe(false);
  });

  test('draws everything again when the graphics context was lost', async () => {
    await openComplete();
    const before = await mapColours(page, 'Si-L classes', SHAPE, [SILICON, CARBON]);
    const { draws } = await dashboardState(page);
    await page.evaluate('window.eelwatch.loseContext()');
    await waitForState(page, (state) => state.draws > draws + 10);
    await settled(page);
    expect(await mapColours(page, 'Si-L classes', SHAPE, [SILICON, CARBON])).toEqual(before);
    // The picture goes on to follow the data, which it would not if the textures had not come back.
    server.beginScan();
    server.advanceTo(64 * 30);
    await waitForState(page, (state) => state.layersMeasured.HAADF === 64 * 30);
    await settled(page);
    const [measured, ground] = await mapColours(page, 'HAADF', SHAPE, [SILICON, 50 * ROW]);
    expect(measured).not.toEqual(ground);
  });
});
