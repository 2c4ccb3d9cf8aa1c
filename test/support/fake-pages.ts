import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { WatchedPage } from './browser.ts';
import { launchBrowser, openPage, settled, waitForState } from './browser.ts';
import { BUILT_CLIENT } from './built-client.ts';
import type { FakeServerOptions } from './fake-dashboard-server.ts';
import { FakeDashboardServer } from './fake-dashboard-server.ts';

/** What a lost connection, a software rasteriser and reading pixels back say of themselves. */
const EXPECTED = /GPU stall due to ReadPixels|willReadFrequently|ERR_CONNECTION_REFUSED/;
const SHAPE: [number, number] = [64, 64];

/** One page after the other in one browser, each of a fake monitor of its own. */
export class FakePages {
  readonly #browser: Browser;
  #open: { server: FakeDashboardServer; watched: WatchedPage } | undefined;

  static async start(): Promise<FakePages> {
    return new FakePages(await launchBrowser());
  }

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** The page is on a scan of 64 × 64 unless the options say otherwise. */
  async open(
    options: Partial<FakeServerOptions> = {},
    viewport?: { width: number; height: number },
  ): Promise<{ page: Page; server: FakeDashboardServer }> {
    const server = await FakeDashboardServer.start({
      clientDir: BUILT_CLIENT,
      shape: SHAPE,
      ...options,
    });
    const watched = await openPage(this.#browser, server.url, viewport);
    this.#open = { server, watched };
    if (!options.waiting) await waitForState(watched.page, (state) => state.epoch === 1);
    return { page: watched.page, server };
  }

  /** The same with everything measured and classified. */
  async openComplete(
    options: Partial<FakeServerOptions> = {},
    viewport?: { width: number; height: number },
  ): Promise<{ page: Page; server: FakeDashboardServer }> {
    const opened = await this.open(options, viewport);
    const { pixels } = opened.server.scan;
    opened.server.advanceTo(pixels, true);
    await waitForState(opened.page, (state) => state.layersMeasured['O-K classes'] === pixels);
    await settled(opened.page);
    return opened;
  }

  /** Ends the page; nothing may have gone wrong in it. */
  async end(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    const problems = open?.watched.problems.filter((problem) => !EXPECTED.test(problem));
    await open?.watched.page.close();
    await open?.server.close();
    expect(problems ?? []).toEqual([]);
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}
