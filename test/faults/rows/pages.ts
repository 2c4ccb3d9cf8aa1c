import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { CliRun } from '../../support/cli.ts';
import { findBrowser } from '../../support/find-browser.ts';
import { startBrowser } from '../../support/start-browser.ts';
import { rowsOf } from '../small-scan.ts';
import { cannotRun, type FaultRow, found, type Outcome, seconds } from './outcome.ts';
import { inFolder } from './temporary-folder.ts';
import { EDGES, writeRows } from './undisturbed.ts';

interface PageReport {
  draws: number;
  idle: boolean;
  scan?: string;
}

const state = (page: Page) =>
  page.evaluate<PageReport | undefined>('window.eelwatch && window.eelwatch.state()');

/** Opens the page of a monitor that shows a finished scan of this name. */
async function onPage(
  name: string,
  seed: number,
  look: (page: Page, url: string) => Promise<Outcome>,
): Promise<Outcome> {
  let path: string;
  try {
    path = await findBrowser();
  } catch (error) {
    return cannotRun((error as Error).message);
  }
  return inFolder(async (root) => {
    await writeRows(join(root, name), rowsOf(seed));
    const monitor = new CliRun(['watch', root, '--port', '0', '--no-record', ...EDGES, '--json']);
    const browser = await startBrowser(path);
    try {
      const { url } = await monitor.event(({ event }) => event === 'serving');
      await monitor.event(({ status }) => status === 'complete');
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
      await page.goto(String(url));
      await still(page);
      return await look(page, String(url));
    } finally {
      await browser.close();
      await monitor.stop();
    }
  });
}

/** Waits until the page shows the scan and draws nothing more. */
async function still(page: Page): Promise<void> {
  for (let draws = -1, same = 0; same < 8; ) {
    await page.waitForTimeout(50);
    const now = await state(page);
    same = now?.idle === true && now.draws > 0 && now.draws === draws ? same + 1 : 0;
    draws = now?.draws ?? -1;
  }
}

/** R29: the graphics card forgets all it was given. */
export const lostContext: FaultRow = {
  fault: 'graphics context of the page lost',
  wanted: 'the same picture again ≤ 1 s',
  run: (_scale, seed) =>
    onPage('graphics', seed, async (page) => {
      const map = page.locator('ew-hero-panel canvas').first();
      const before = await map.screenshot();
      const { draws } = (await state(page)) ?? { draws: 0 };
      const began = performance.now();
      await page.evaluate('window.eelwatch.loseContext()');
      while (((await state(page))?.draws ?? 0) <= draws && performance.now() - began < 10_000)
        await page.waitForTimeout(20);
      const ms = performance.now() - began;
      await still(page);
      const same = (await map.screenshot()).equals(before);
      return found(
        same && ms <= 1000,
        `${same ? 'same picture' : 'another picture'}, drawn after ${seconds(ms)}`,
      );
    }),
};

/** S7: a file whose name is a program. */
export const hostileNames: FaultRow = {
  fault: 'names that are HTML',
  wanted: 'shown as text, nothing runs, no inline script allowed',
  run: (_scale, seed) => {
    const name = '<img src=x onerror=document.title=`ran`>';
    return onPage(name, seed, async (page, url) => {
      const isText = (await state(page))?.scan === name;
      const images = await page.locator('img[src=x]').count();
      const ran = (await page.title()) === 'ran';
      const policy = (await fetch(url)).headers.get('content-security-policy') ?? '';
      const isStrict = /default-src 'self'/.test(policy) && !/script-src[^;]*unsafe-inline/.test(policy);
      return found(
        isText && images === 0 && !ran && isStrict,
        `${isText ? 'text' : 'changed'}, ${images} elements made, ${ran ? 'ran' : 'nothing ran'}, policy ${isStrict ? 'strict' : 'lax'}`,
      );
    });
  },
};
