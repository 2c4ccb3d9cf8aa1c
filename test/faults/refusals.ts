import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { CliRun } from '../support/cli.ts';
import { startVictim } from './attacks.ts';
import { openRaw, requestText, upgradeHeaders } from './raw-socket.ts';

export interface RefusalFigures {
  /** Attempts from other origins, and under other names of this machine. */
  origins: number;
  hosts: number;
  /** Attempts that were let in nevertheless. */
  letIn: number;
  /** Wrong tokens, those that were let in, and those that were told to wait. */
  guesses: number;
  guessed: number;
  slowed: number;
  /** Requests with the right token after them that were not answered. */
  lockedOut: number;
  /** Of the times that tokens take which differ early and late (Mann–Whitney): below 0.01 they can be told apart. */
  timingP: number;
  /** Addresses other than loopback that are listened on, and starts without a token that were not refused. */
  exposed: number;
}

const LOOPBACK = ['0100007F', '00000000000000000000000001000000'];
const LISTEN = '0A';
const TIMED = 400;

/** Status of a request whose headers are sent as they are; 101 where a WebSocket is taken. */
async function statusOf(port: number, path: string, headers: Record<string, string>): Promise<number> {
  const { socket, received } = await openRaw(port);
  socket.write(requestText(path, { Connection: 'close', ...headers }));
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(received())?.[1]);
  socket.destroy();
  return status;
}

/** Tries to get in where one must not. */
export async function tryRefusals(guesses: number): Promise<RefusalFigures> {
  const figures: RefusalFigures = {
    origins: 0,
    hosts: 0,
    letIn: 0,
    guesses,
    guessed: 0,
    slowed: 0,
    lockedOut: 0,
    timingP: 1,
    exposed: 0,
  };
  const open = await startVictim();
  await tryOrigins(open.port, figures);
  figures.exposed += exposedAddresses(open.port);
  await open.run.stop();
  const token = randomBytes(32).toString('hex');
  const closed = await startVictim(['--token', token]);
  await guessTokens(closed.port, token, figures);
  await closed.run.stop();
  const bare = new CliRun(['listen', '--host', '0.0.0.0', '--port', '0', '--no-record']);
  if ((await bare.ended()) === 0) figures.exposed++;
  return figures;
}

async function tryOrigins(port: number, figures: RefusalFigures): Promise<void> {
  const own = `http://127.0.0.1:${port}`;
  const origins = [
    'https://evil.example',
    'null',
    'http://localhost.evil',
    'http://127.0.0.1.evil',
    `http://127.0.0.1:${port + 1}`,
    `https://127.0.0.1:${port}`,
    `${own}.evil`,
    `${own}/`,
    `http://evil@127.0.0.1:${port}`,
    `http://localhost:${port}`,
  ];
  for (const Origin of origins)
    for (const path of ['/live', '/ingest']) {
      figures.origins++;
      if ((await statusOf(port, path, { ...upgradeHeaders(port, path), Origin })) !== 403) figures.letIn++;
    }
  const hosts = [
    `attacker.test:${port}`,
    'attacker.test',
    `127.0.0.1.attacker.test:${port}`,
    '127.0.0.1',
    '',
  ];
  for (const Host of hosts)
    for (const path of ['/', '/api/status', '/live', '/ingest']) {
      figures.hosts++;
      const isSocket = path === '/live' || path === '/ingest';
      const headers = isSocket ? upgradeHeaders(port, path) : {};
      if ((await statusOf(port, path, { ...headers, Host })) !== 403) figures.letIn++;
    }
}

async function guessTokens(port: number, token: string, figures: RefusalFigures): Promise<void> {
  const bearing = async (guess: string): Promise<{ status: number; ms: number }> => {
    const began = performance.now();
    const headers = { Authorization: `Bearer ${guess}` };
    const sent = request({ host: '127.0.0.1', port, path: '/api/status', headers }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const ms = performance.now() - began;
    response.resume();
    await once(response, 'close');
    return { status: response.statusCode ?? 0, ms };
  };
  for (let n = 0; n < figures.guesses; n++) {
    const { status } = await bearing(randomBytes(32).toString('hex'));
    if (status === 200) figures.guessed++;
    if (status === 429) figures.slowed++;
  }
  // All are told to wait by now: what is timed is the comparison.
  const other = (character: string) => (character === 'a' ? 'b' : 'a');
  const early = other(token[0]) + token.slice(1);
  const late = token.slice(0, -1) + other(token.at(-1) ?? '');
  const times: [number[], number[]] = [[], []];
  for (let n = 0; n < Math.min(TIMED, figures.guesses); n++)
    for (const [index, guess] of [early, late].entries()) times[index].push((await bearing(guess)).ms);
  figures.timingP = Math.round(1000 * mannWhitney(...times)) / 1000;
  for (let n = 0; n < 20; n++) if ((await bearing(token)).status !== 200) figures.lockedOut++;
}

/** Two-sided p-value that two samples are of one distribution, by the normal approximation of Mann and Whitney's U. */
function mannWhitney(a: readonly number[], b: readonly number[]): number {
  let u = 0;
  for (const x of a) for (const y of b) u += x > y ? 1 : x === y ? 0.5 : 0;
  const [n, m] = [a.length, b.length];
  const z = Math.abs(u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
  // Abramowitz and Stegun 26.2.17, of the tail.
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return Math.min(1, (2 * series * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI));
}

/** Addresses other than loopback on which a port is listened on; Linux only. */
function exposedAddresses(port: number): number {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  let exposed = 0;
  let found = 0;
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [address, localPort] = local.split(':');
      if (state !== LISTEN || localPort !== wanted) continue;
      found++;
      if (!LOOPBACK.includes(address)) exposed++;
    }
  if (found === 0) throw new Error(`nothing listens on port ${port}`);
  return exposed;
}
