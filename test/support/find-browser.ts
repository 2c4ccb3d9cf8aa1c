import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where distributions put a Chromium that can be driven. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const FOLDERS = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'];

/** A Chromium that comes as an npm package, libraries included; the last line that runs on Node 20. */
const PACKAGE = '@sparticuz/chromium';
const PACKAGE_VERSION = '143.0.4';

/** True when the program at `path` starts. */
function starts(path: string): boolean {
  try {
    execFileSync(path, ['--version', '--no-sandbox'], { stdio: 'ignore', timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
}

const installed = () => FOLDERS.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync);

async function fromNpm(): Promise<string | undefined> {
  const prefix = join(import.meta.dirname, '../../node_modules/.cache/eelwatch-browser');
  try {
    execFileSync('npm', ['install', '--no-save', '--prefix', prefix, `${PACKAGE}@${PACKAGE_VERSION}`], {
      stdio: 'ignore',
      timeout: 180_000,
    });
    // The package unpacks its own shared libraries only where it believes to be in a bare container.
    process.env['AWS_LAMBDA_JS_RUNTIME'] ??= 'nodejs20.x';
    const entry = createRequire(join(prefix, 'package.json')).resolve(PACKAGE);
    const { default: chromium } = (await import(pathToFileURL(entry).href)) as {
      default: { executablePath(): Promise<string> };
    };
    const path = await chromium.executablePath();
    return starts(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

function fromDebian(): string | undefined {
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) return undefined;
  try {
    const quiet = { stdio: 'ignore' as const, timeout: 300_000 };
    execFileSync('apt-get', ['update'], quiet);
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], quiet);
  } catch {
    return undefined;
  }
  return installed();
}

/**
 * Path of the browser the tests run in: `EELWATCH_CHROMIUM`, else an installed one, else one that npm brings, else
 * Debian's package.
 * @throws Error that says how to install one: browser tests are never skipped
 */
export async function findBrowser(): Promise<string> {
  const asked = process.env['EELWATCH_CHROMIUM'];
  if (asked !== undefined) {
    if (existsSync(asked)) return asked;
    throw new Error(`EELWATCH_CHROMIUM: expected the path of a browser, found nothing at ${asked}`);
  }
  const found = installed() ?? (await fromNpm()) ?? fromDebian();
  if (found !== undefined) return found;
  throw new Error(
    'The browser tests need Chromium: on Debian "apt-get install chromium", elsewhere set EELWATCH_CHROMIUM to the path of a Chromium or Chrome',
  );
}
