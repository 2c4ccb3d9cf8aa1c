import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SessionEntry } from '../../protocol/index.ts';
import type { WatchedPage } from '../support/browser.ts';
import {
  dashboardState,
  launchBrowser,
  openPage,
  pixelPoint,
  settled,
  shownText,
  waitForState,
} from '../support/browser.ts';
import { BUILT_CLIENT } from '../support/built-client.ts';
import type { FakeServerOptions } from '../support/fake-dashboard-server.ts';
import { FakeDashboardServer } from '../support/fake-dashboard-server.ts';
import type { FakePlayer } from '../support/fake-player.ts';
import { FakeSessions, sessionEntry } from '../support/fake-sessions.ts';

const SHAPE: [number, number] = [32, 32];
const PIXELS = SHAPE[0] * SHAPE[1];
const CREATED = '2026-11-27T13:03:00.000Z';
const START = Date.parse(CREATED);

let browser: Browser;
let server: FakeDashboardServer;
let sessions: FakeSessions;
let watched: WatchedPage;
let page: Page;

/** What a software rasteriser, reading pixels back, and an answer that something is refused or not there say of themselves. */
const EXPECTED = /GPU stall due to ReadPixels|willReadFrequently|status of (404|409)|WebSocket/;

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

const entry = (id: string, about: Partial<SessionEntry> = {}) =>
  sessionEntry(id, { created: CREATED, ...about });

async function open(
  entries: readonly SessionEntry[],
  options: Partial<FakeServerOptions> = {},
  path = '',
): Promise<void> {
  sessions = new FakeSessions(entries, '0.0.0');
  server = await FakeDashboardServer.start({ clientDir: BUILT_CLIENT, shape: SHAPE, sessions, ...options });
  watched = await openPage(browser, server.url + path);
  page = watched.page;
  await waitForState(page, (state) => state.connection === 'live');
  // Its key opens the list once the monitor has said that there is one.
  await page.getByRole('button', { name: 'Recordings' }).waitFor();
}

/** The page of a recorded scan, at its end. */
async function openRecording(about: Partial<SessionEntry> = {}): Promise<FakePlayer> {
  await open([entry('anode', about)], {}, '?session=anode');
  await waitForState(page, (state) => state.layersMeasured?.HAADF === PIXELS);
  await settled(page);
  const player = sessions.player('anode');
  if (player === undefined) throw new Error('nobody has opened the recording');
  return player;
}

const dialog = () => page.getByRole('dialog');
const chip = () => page.locator('ew-top-bar .chip').textContent();
const track = () => page.locator('ew-timeline-track');
const measured = async () => (await dashboardState(page)).layersMeasured.HAADF;

describe('the list of recorded scans', () => {
  test('is not offered by a monitor that has none', async () => {
    sessions = new FakeSessions([]);
    server = await FakeDashboardServer.start({ clientDir: BUILT_CLIENT, shape: SHAPE, sessions: false });
    watched = await openPage(browser, server.url);
    page = watched.page;
    await waitForState(page, (state) => state.epoch === 1);
    expect(await shownText(page, 'ew-top-bar')).not.toContain('Recordings');
    await page.keyboard.press('o');
    expect(await dialog().count()).toBe(0);
  });

  test('says where recordings come from while it is empty', async () => {
    await open([]);
    await page.locator('ew-top-bar').getByRole('button', { name: 'Recordings' }).click();
    await expect.poll(() => dialog().textContent()).toContain('No scan is recorded yet');
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog().count()).toBe(0);
  });

  test('shows what each is, and opens one by keys; back, reload and L are as in any page', async () => {
    await open([
      entry('b', { name: 'anode_018', created: '2026-11-28T08:00:00Z', bytes: 1.2e9, status: 'aborted' }),
      entry('a', { name: 'anode_017', note: 'thin area' }),
    ]);
    server.advanceTo(200);
    await page.keyboard.press('o');
    await expect.poll(() => dialog().locator('ew-session-row').count()).toBe(2);
    const list = await shownText(page, 'ew-session-list');
    for (const words of [
      'anode_018',
      '28 Nov 2026',
      '32 × 32',
      'ended early',
      '1.20\u2009GB',
      'thin area',
      '4.19\u2009MB',
    ])
      expect(list.replaceAll('\u2009', ' ')).toContain(words.replaceAll('\u2009', ' '));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await waitForState(page, (state) => state.layersMeasured?.HAADF === PIXELS);
    expect(new URL(page.url()).search).toBe('?session=a');
    await expect.poll(chip).toMatch(/^recording · 27 Nov 2026, \d\d:03$/);
    expect(await page.title()).toBe('anode_017 (recording) · eelwatch');
    await page.reload();
    await waitForState(page, (state) => state?.layersMeasured?.HAADF === PIXELS);
    await page.goBack();
    await waitForState(page, (state) => state.spectra === 200);
    await expect.poll(chip).toMatch(/^live/);
    await page.goForward();
    await waitForState(page, (state) => state.spectra === PIXELS);
    await page.keyboard.press('l');
    await waitForState(page, (state) => state.spectra === 200);
    expect(new URL(page.url()).search).toBe('');
  });

  test('names, notes and pins, and says why something is refused', async () => {
    await open([entry('a', { name: 'first' }), entry('b', { created: '2026-11-20T08:00:00Z' })]);
    await page.keyboard.press('o');
    await dialog().locator('ew-session-row').first().waitFor();
    await page.waitForTimeout(200);
    await page.keyboard.press('F2');
    await page.keyboard.type('after 200 cycles');
    await page.keyboard.press('Enter');
    await expect.poll(() => sessions.entries[0].name).toBe('after 200 cycles');
    await expect.poll(() => shownText(page, 'ew-session-list')).toContain('after 200 cycles');
    await page.keyboard.press('n');
    await page.keyboard.type('never kept');
    await page.keyboard.press('Escape');
    await expect.poll(() => shownText(page, 'ew-session-list')).not.toContain('never kept');
    expect(await dialog().isVisible()).toBe(true);
    await page.keyboard.press('n');
    await page.keyboard.type('thin area');
    await page.keyboard.press('Enter');
    await expect.poll(() => sessions.entries[0].note).toBe('thin area');
    await page.keyboard.press('p');
    await expect.poll(() => shownText(page, 'ew-session-list')).toContain('pinned');
    await page.keyboard.press('Delete');
    await expect
      .poll(() => shownText(page, 'ew-session-list'))
      .toContain('after 200 cycles cannot be deleted: it is pinned');
  });

  test('deletes, and takes it back until the page is closed', async () => {
    await open([entry('a'), entry('b', { created: '2026-11-20T08:00:00Z' })]);
    await page.keyboard.press('o');
    await dialog().locator('ew-session-row').first().waitFor();
    await page.waitForTimeout(200);
    await page.keyboard.press('Delete');
    await expect
      .poll(() => shownText(page, 'ew-session-list'))
      .toContain('deleted; for good once the monitor ends');
    expect(sessions.entries.map(({ id }) => id)).toEqual(['b']);
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog().count()).toBe(0);
    await page.keyboard.press('o');
    await dialog().getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => sessions.entries.map(({ id }) => id)).toContain('a');
    await expect.poll(() => shownText(page, 'ew-session-list')).not.toContain('for good');
    // The same by keys alone.
    const undo = dialog().getByRole('button', { name: 'Undo' });
    const focused = () => undo.evaluate((button) => button.matches(':focus'));
    await page.keyboard.press('Delete');
    await expect.poll(focused).toBe(true);
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused).toBe(false);
    await page.keyboard.press('ArrowUp');
    await expect.poll(focused).toBe(true);
    await page.keyboard.press('Enter');
    await expect.poll(() => undo.count()).toBe(0);
    expect(sessions.changes).toEqual(['DELETE a', 'POST a/restore', 'DELETE a', 'POST a/restore']);
  });

  test('offers the last one while the monitor waits for its first scan', async () => {
    await open([entry('x', { canReplay: false }), entry('a', { name: 'anode_017' })], { waiting: true });
    await expect.poll(() => shownText(page, 'ew-hero-panel')).toContain('Last recording: anode_017');
    await page.locator('ew-hero-panel').getByRole('button', { name: 'Open' }).click();
    await waitForState(page, (state) => state.layersMeasured?.HAADF === PIXELS);
  });

  test('an address of a recording that is not there says so', async () => {
    await open([entry('a')], {}, '?session=gone');
    await expect
      .poll(() => shownText(page, 'ew-hero-panel'))
      .toContain('this recording cannot be shown: gone: there is no such session');
  });
});

describe('the timeline', () => {
  test('goes where the pointer drags it, asking for one moment at a time, and keeps pin, zoom and map', async () => {
    const player = await openRecording();
    player.answersAfter = 60;
    await page.keyboard.press('3');
    const point = await pixelPoint(page, 'Si-L classes', SHAPE, 5 * SHAPE[1] + 7);
    await page.mouse.click(point.x, point.y);
    await page.keyboard.press('+');
    const { hero, pinnedPixel } = await dashboardState(page);
    const bounds = await track().boundingBox();
    if (bounds === null) throw new Error('there is no timeline');
    const at = (share: number) => bounds.x + bounds.width * share;
    await page.mouse.move(at(0.95), bounds.y + 12);
    await page.mouse.down();
    for (let share = 0.95; share > 0.3; share -= 0.01) {
      await page.mouse.move(at(share), bounds.y + 12);
      await page.waitForTimeout(8);
    }
    await page.mouse.move(at(0.26), bounds.y + 12);
    // The playhead is under the pointer before any answer.
    const head = await track().evaluate((host) => (host as HTMLElement).style.getPropertyValue('--at'));
    expect(Math.abs(Number.parseFloat(head) - bounds.width * 0.26)).toBeLessThan(2);
    await page.mouse.up();
    await expect.poll(() => player.row).toBe(8);
    await expect.poll(measured).toBe(8 * SHAPE[1]);
    const state = await dashboardState(page);
    expect([state.hero, state.pinnedPixel]).toEqual([hero, pinnedPixel]);
    expect(pinnedPixel).toBe(5 * SHAPE[1] + 7);
    expect(await shownText(page, 'ew-timeline-bar')).toContain('row 8 / 32');
    const seeks = player.commands;
    expect(seeks.length).toBeGreaterThan(3);
    expect(player.overtaken).toBe(0);
    const lasted = (seeks.at(-1)?.at ?? 0) - seeks[0].at;
    expect(lasted / (seeks.length - 1)).toBeGreaterThan(95);
  });

  test('steps rows by keys, on the timeline with arrows that elsewhere move the pin', async () => {
    const player = await openRecording();
    await page.keyboard.press(',');
    await expect.poll(() => player.row).toBe(31);
    await page.keyboard.press('<');
    await expect.poll(() => player.row).toBe(30);
    await page.keyboard.press('.');
    await expect.poll(() => player.row).toBe(31);
    await track().getByRole('slider').focus();
    await page.keyboard.press('Shift+ArrowLeft');
    await expect.poll(() => player.row).toBe(21);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => player.row).toBe(22);
    expect((await dashboardState(page)).pinnedPixel).toBeUndefined();
    await page.keyboard.press('Home');
    await expect.poll(() => player.row).toBe(0);
    await expect.poll(measured).toBe(0);
  });

  test('plays and pauses, at the speed and in the loop that are chosen', async () => {
    const player = await openRecording();
    await page.getByLabel('Speed').selectOption('50');
    await page.getByRole('button', { name: 'loop' }).click();
    await page.getByRole('slider').focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
    await expect.poll(() => player.row).toBeGreaterThan(0);
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    expect(player.commands.map(({ command }) => command)).toEqual([
      { type: 'speed', speed: 50 },
      { type: 'loop', on: true },
      { type: 'play' },
      { type: 'pause' },
    ]);
    expect(await page.getByLabel('Speed').inputValue()).toBe('50');
  });

  test('tells what happened, and goes there; by keys too', async () => {
    const player = await openRecording();
    const marks = track().locator('.mark');
    await marks.first().focus();
    await expect.poll(() => track().locator('.tip').textContent()).toContain('Si-L: model 1 of 256 pixels');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => track().locator('.tip').textContent()).toContain('The energy axis drifts');
    await page.keyboard.press('Enter');
    await expect.poll(() => player.at).toBe(START + 13_000);
    await marks.first().click();
    await expect.poll(() => player.row).toBe(8);
  });

  test('counts in the time of day or since the beginning', async () => {
    await openRecording();
    const local = new Date(START + 32_000);
    const minutes = `${String(local.getHours()).padStart(2, '0')}:${String(local.getMinutes()).padStart(2, '0')}`;
    await expect.poll(() => shownText(page, 'ew-timeline-bar .time')).toBe(`${minutes}:32.0`);
    await page.getByRole('button', { name: 'local time' }).click();
    await expect.poll(() => shownText(page, 'ew-timeline-bar .time')).toBe('32.0 s');
  });

  test('is never taken for live: no live words, and who recorded it where that was another version', async () => {
    await open([entry('anode')]);
    await page.close();
    await server.close();
    sessions = new FakeSessions([entry('anode')], '0.1.0');
    server = await FakeDashboardServer.start({ clientDir: BUILT_CLIENT, shape: SHAPE, sessions });
    watched = await openPage(browser, `${server.url}?session=anode`);
    page = watched.page;
    await expect.poll(chip).toContain('recorded by 0.1.0');
    expect(await page.locator('ew-top-bar .chip').getAttribute('data-state')).toBe('calm');
    await page.keyboard.press(',');
    await expect.poll(() => shownText(page, 'ew-timeline-bar')).toContain('row 31 / 32');
    expect(await chip()).toContain('recording');
    expect(await page.locator('ew-top-bar').getByRole('button', { name: 'Pause' }).count()).toBe(0);
    // What is downloaded is this recording, not the monitor's newest scan.
    const download = page.locator('ew-export-menu a').first();
    expect(await download.getAttribute('href')).toBe('api/sessions/anode/export/hspy');
  });

  test('fits the window, with the list of notes as well', async () => {
    const player = await openRecording({ name: 'Simulated Si-C-O anode, core loss, second area' });
    server.advanceTo(PIXELS / 2);
    player.annotations = [1, 2, 3, 4, 5, 6].map((n) => ({
      id: `n${n}`,
      text: `note ${n}`,
      at: START,
      made: n,
    }));
    await page.reload();
    await waitForState(page, (state) => state?.layersMeasured?.HAADF === PIXELS);
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 1920, height: 1080 },
    ]) {
      await page.setViewportSize(viewport);
      await settled(page);
      const overflow = await page.evaluate(() => {
        const root = document.documentElement;
        const shell = document.querySelector('ew-app')?.shadowRoot;
        const right = shell?.querySelector('.right');
        const bar = shell?.querySelector('ew-top-bar');
        return [
          root.scrollWidth - innerWidth,
          root.scrollHeight - innerHeight,
          (right?.scrollHeight ?? 0) - (right?.clientHeight ?? 0),
          (bar?.scrollWidth ?? 0) - (bar?.clientWidth ?? 0),
        ];
      });
      expect(overflow).toEqual([0, 0, 0, 0]);
    }
  });
});

describe('jumping to live', () => {
  test('from a recording, with how far the running scan is and how far ahead of the moment on show', async () => {
    const scan = { id: 'fake-1', name: 'anode_018', shape: SHAPE, channels: 1024, simulated: false };
    await open([entry('anode', { scan, recording: true, status: 'open' })], {}, '?session=anode');
    server.advanceTo(20 * SHAPE[1]);
    await waitForState(page, (state) => state.layersMeasured?.HAADF === PIXELS);
    await page.getByRole('slider').focus();
    await page.keyboard.press('Home');
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
    const live = page.locator('ew-live-chip button');
    await expect
      .poll(() => live.textContent(), { timeout: 6000 })
      .toMatch(/live: anode_017 63\s%, 16 rows ahead\s*L/);
    server.advanceTo(24 * SHAPE[1]);
    await expect.poll(() => live.textContent(), { timeout: 6000 }).toContain('20 rows ahead');
    await live.click();
    await waitForState(page, (state) => state.spectra === 24 * SHAPE[1]);
    expect(new URL(page.url()).search).toBe('');
    await expect.poll(() => live.count()).toBe(0);
  });

  test('a new scan waits while somebody looks at the one before, and comes with L', async () => {
    await open([
      entry('kept', {
        scan: { id: 'fake-1', name: 'anode_017', shape: SHAPE, channels: 1024, simulated: true },
      }),
    ]);
    server.advanceTo(PIXELS, true);
    await waitForState(page, (state) => state.layersMeasured?.HAADF === PIXELS);
    const point = await pixelPoint(page, 'HAADF', SHAPE, 40);
    await page.mouse.click(point.x, point.y);
    await waitForState(page, (state) => state.spectrumPixel === 40);
    server.beginScan();
    server.advanceTo(256);
    await expect.poll(() => shownText(page, 'ew-live-chip')).toMatch(/new scan: anode_017 25\s%/);
    expect(await chip()).toBe('earlier scan · kept on show');
    expect(await dashboardState(page)).toMatchObject({ epoch: 1, pinnedPixel: 40, spectra: PIXELS });
    // Its spectra come from its recording by now.
    const { requests } = server;
    await page.keyboard.press('ArrowRight');
    await waitForState(page, (state) => state.spectrumPixel === 41);
    expect(sessions.player('kept')?.requests).toBe(1);
    expect(server.requests).toBe(requests);
    await page.keyboard.press('l');
    await waitForState(page, (state) => state.epoch === 2 && state.layersMeasured?.HAADF === 256);
    expect(await shownText(page, 'ew-live-chip')).toBe('');
    expect((await dashboardState(page)).pinnedPixel).toBeUndefined();
    await expect.poll(() => sessions.player('kept')?.sockets).toBe(0);
  });

  test('spectra of an earlier scan that was not recorded are not made up', async () => {
    await open([]);
    server.advanceTo(PIXELS, true);
    await waitForState(page, (state) => state.layersMeasured?.HAADF === PIXELS);
    await page.keyboard.press('ArrowRight');
    await waitForState(page, (state) => state.spectrumPixel !== undefined);
    const { spectrumPixel } = await dashboardState(page);
    server.beginScan();
    server.advanceTo(PIXELS);
    await expect.poll(() => shownText(page, 'ew-live-chip')).toContain('new scan');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => shownText(page, 'ew-alert-list')).toContain('not among the recorded scans');
    expect((await dashboardState(page)).spectrumPixel).toBe(spectrumPixel);
  });

  test('a new scan is shown at once to a page that nobody touches', async () => {
    await open([]);
    server.advanceTo(PIXELS, true);
    await waitForState(page, (state) => state.layersMeasured?.HAADF === PIXELS);
    server.beginScan();
    await waitForState(page, (state) => state.epoch === 2);
    expect(await shownText(page, 'ew-live-chip')).toBe('');
  });
});

describe('notes', () => {
  const write = async (text: string) => {
    await page.keyboard.press('n');
    await dialog().getByLabel('Text').waitFor();
    await page.keyboard.type(text);
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => dialog().count()).toBe(0);
  };
  const list = () => shownText(page, 'ew-note-list');

  test('are written in a live scan about a pixel, are on all maps, and can be removed and brought back', async () => {
    await open([]);
    server.advanceTo(PIXELS, true);
    await waitForState(page, (state) => state.layersMeasured?.HAADF === PIXELS);
    await settled(page);
    const marks = () =>
      page.locator('ew-tile-grid canvas.marks').evaluateAll((canvases) =>
        canvases.map((element) => {
          const canvas = element as HTMLCanvasElement;
          const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {
            data: [],
          };
          let marked = 0;
          for (let i = 3; i < data.length; i += 4) if (data[i] > 0) marked++;
          return marked;
        }),
      );
    const bare = await marks();
    const point = await pixelPoint(page, 'HAADF', SHAPE, 9 * SHAPE[1] + 12);
    await page.mouse.click(point.x, point.y);
    await page.keyboard.press('n');
    await dialog().getByLabel('Author').fill('JM');
    await dialog().getByLabel('Text').fill('looks amorphous');
    await dialog().getByRole('button', { name: 'Keep note' }).click();
    await expect.poll(list).toMatch(/looks amorphous pixel \(9, 12\) · \d\d:\d\d:\d\d · JM/);
    expect(server.commands).toEqual([
      { type: 'annotate', text: 'looks amorphous', author: 'JM', place: { kind: 'point', y: 9, x: 12 } },
    ]);
    await page.keyboard.press('Escape');
    await page.mouse.move(700, 20);
    await expect.poll(async () => (await marks()).every((count, i) => count > bare[i] + 20)).toBe(true);
    // The next one is about the moment, and the author is remembered.
    await page.keyboard.press('n');
    expect(await dialog().getByLabel('Author').inputValue()).toBe('JM');
    await page.keyboard.press('Escape');
    await write('beam came back');
    expect(server.commands.at(-1)).toEqual({ type: 'annotate', text: 'beam came back', author: 'JM' });
    await page.locator('ew-note-list').getByRole('button', { name: 'Remove note 1' }).click();
    await expect.poll(list).toContain('removed: looks amorphous');
    expect(server.annotations.map(({ text }) => text)).toEqual(['beam came back']);
    await page.locator('ew-note-list').getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => server.annotations.length).toBe(2);
    expect(server.annotations[1]).toMatchObject({ author: 'JM', place: { kind: 'point', y: 9, x: 12 } });
    await expect.poll(list).not.toContain('removed');
  });

  test('are written in a recording, about a part of it too, and are found again on the timeline', async () => {
    const player = await openRecording();
    await page.getByRole('slider').focus();
    await page.keyboard.press('Home');
    for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowRight');
    await expect.poll(() => player.row).toBe(10);
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    await write('compare this part');
    const place = player.annotations[0].place;
    expect(place).toMatchObject({ kind: 'region' });
    expect(player.annotations[0].at).toBe(START + 10_000);
    await page.keyboard.press('End');
    await page.getByRole('slider').focus();
    await page.keyboard.press('End');
    await expect.poll(() => player.row).toBe(32);
    await track().locator('.mark.note').click();
    await expect.poll(() => player.row).toBe(10);
    await page.getByRole('slider').focus();
    await page.keyboard.press('End');
    await expect.poll(() => player.row).toBe(32);
    await page.locator('ew-note-list').getByText('compare this part').click();
    await expect.poll(() => player.row).toBe(10);
  });
});
