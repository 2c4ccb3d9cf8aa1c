import { floods } from './floods.ts';

/**
 * A program of its own that attacks the monitor at a port of loopback until it is told to stop by a line on standard input: so
 * that it does not hold up the clients whose answers are timed. Arguments: the name of the attack, and the port.
 */
const [name = '', port = ''] = process.argv.slice(2);
const stop = new AbortController();
process.stdin.once('data', () => stop.abort());
process.stdout.write('ready\n');
const figures = await floods[name](Number(port), stop.signal);
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit());
