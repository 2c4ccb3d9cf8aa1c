import { BUDGET_FORM, CLASS_COLOURS, DEFAULT_PORT } from '../protocol/index.ts';
import { MAX_CLASSES } from './pipeline/options.ts';
import { DEFAULT_DEPTH } from './sources/watch-times.ts';
import { TOKEN_RULE, TOKEN_VARIABLE } from './token.ts';

export type Command =
  | 'demo'
  | 'watch'
  | 'listen'
  | 'analyse'
  | 'simulate'
  | 'replay'
  | 'sessions'
  | 'compare'
  | 'export';

interface CommandSpec {
  /** What follows the command; in brackets what may be left out. */
  operand?: string;
  /** How many operands there may be; default 1 where there are any. */
  most?: number;
  /** How many there must be; default 1 where `operand` is in angle brackets. */
  least?: number;
  help: string;
  /** More lines for the help of the command itself. */
  more?: string[];
}

export const COMMANDS: Record<Command, CommandSpec> = {
  demo: { help: 'watch a simulated Si–C–O anode scan, acquired as real files; what npm start runs' },
  watch: {
    operand: '<file|directory>',
    help: 'watch files, finished or still growing; new ones are picked up',
  },
  listen: { help: 'take spectra that producers push to ws://127.0.0.1:<port>/ingest' },
  analyse: {
    operand: '<file>',
    help: 'the same analysis without a dashboard, as fast as it goes; writes to --out',
  },
  simulate: {
    operand: '<directory|ws://…/ingest>',
    help: 'the simulated microscope on its own; --adaptive has it carry out plans',
    more: [
      'With --adaptive it pushes a short first pass, asks the monitor where to scan again, waits for the yes of the operator',
      '(or of a monitor with --auto-accept), pushes the regions as rescans, and asks again until the budget is spent.',
      'With --regions it writes rescans of a scan that it has written before, and prints how to have them analysed.',
    ],
  },
  replay: {
    operand: '<session>',
    help: 'show a recorded session as if it were live; with --out analyse it without a dashboard',
  },
  sessions: {
    operand: '[list|check] [folder]',
    most: 2,
    help: 'list recorded sessions, or read them through and say what is lost (exit status 3 when something is)',
  },
  compare: {
    operand: '<A> <B>',
    most: 2,
    least: 2,
    help: 'how far two analyses agree: sessions, results of analyse --out, or files of scans',
    more: [
      'Maps that are stored are taken as they are; a file is analysed first, with the options given here.',
      'A session is compared as it was recorded. Options of the analysis, where they are given, are for B: it is',
      'analysed anew with them, so that "compare S S --classes 4" compares a session with itself under another option.',
      'Differences are B − A. --out takes compare.json and the maps of differences; --serve shows both side by side.',
    ],
  },
  export: {
    operand: '<session|results|file>',
    help: 'write counts, maps or the plan for other programs, by the suffix of --to: .hspy, .zspy, .rpl, .csv, .png …',
  },
};

const SERVING: Command[] = ['demo', 'watch', 'listen', 'replay', 'compare'];
const ANALYSING: Command[] = [...SERVING, 'analyse'];
/** Those that follow a scan that can be scanned again. */
const PLANNING: Command[] = ['demo', 'watch', 'listen'];
const PLANNED: Command[] = [...PLANNING, 'replay', 'analyse'];
/** Those that keep what they record. */
const RECORDING: Command[] = ['watch', 'listen'];
const SIMULATING: Command[] = ['demo', 'simulate'];
const ALL = Object.keys(COMMANDS) as Command[];
const RUNNING: Command[] = [...ANALYSING, 'simulate'];

interface Option {
  /** It may be given several times. */
  isRepeated?: true;
  /** What stands for the value in the help; absent for a switch. */
  value?: string;
  help: string;
  commands: Command[];
}

export const OPTIONS: Record<string, Option> = {
  edges: {
    value: 'list',
    help: 'Si-L,C-K,… or Name:onset[:fit0-fit1:signal0-signal1], eV (default Si-L,C-K,O-K)',
    commands: RUNNING,
  },
  classes: {
    value: 'n|auto',
    help: `classes per edge, 1–${MAX_CLASSES} (default auto); beyond ${CLASS_COLOURS.length} colours repeat`,
    commands: ANALYSING,
  },
  'classes-in': {
    value: 'space',
    help: 'k-means in the embedding or in the scores (default embedding)',
    commands: ANALYSING,
  },
  references: {
    value: 'folder',
    help: 'MSA spectra to name classes by, beside the built-in ones',
    commands: ANALYSING,
  },
  landmarks: { value: 'n', help: 'spectra an embedding is fitted on (default 2000)', commands: ANALYSING },
  umap: {
    value: 'program',
    help: 'what fits embeddings: built-in (default) or umap-js',
    commands: ANALYSING,
  },
  kmeans: {
    value: 'program',
    help: 'what finds classes: built-in, ml-kmeans, or auto (default): ml-kmeans for the first model of a live scan, built-in for the others',
    commands: ANALYSING,
  },
  background: {
    value: 'method',
    help: 'poisson (default), log-linear, two-area, lcpl, or none where it was taken elsewhere (needs no fit window)',
    commands: ANALYSING,
  },
  align: {
    value: 'how',
    help: 'energy axis by zlp (zero-loss peak to 0 eV), onset (strongest edge) or off; auto (default): about its median where it drifts',
    commands: ANALYSING,
  },
  calibrate: {
    value: 'how',
    help: 'where the edges fit another energy axis better: propose it (default), auto to apply it, or off',
    commands: ANALYSING,
  },
  energy: {
    value: 'offset,dispersion',
    help: 'energy axis in eV and eV per channel (above 0), where the file has it wrong, or has none (.npy)',
    commands: ['watch', 'analyse', 'compare'],
  },
  rescan: {
    value: 'file@y,x[,dwells]',
    help: 'file of a rescan, row and column of the scan that its first pixel lies at, and how many times as long it was exposed (repeatable)',
    commands: ['watch', 'analyse'],
    isRepeated: true,
  },
  'energy-sigma': {
    value: 'eV',
    help: 'uncertainty of the energy axis: names allow a shift of twice that, at least 0.5, at most 1 (default 0)',
    commands: ANALYSING,
  },
  shape: {
    value: 'y,x',
    help: 'rows and columns, where the file has them wrong; of a simulated scan',
    commands: ['watch', 'analyse', 'compare', 'demo', 'simulate'],
  },
  out: {
    value: 'directory',
    help: 'where results are written: made where it is missing; those of an earlier run are replaced as a whole, other files stay',
    commands: ['analyse', 'replay', 'compare'],
  },
  serve: { help: 'show the comparison on a page until interrupted', commands: ['compare'] },
  to: {
    value: 'file',
    help: '.hspy or .zspy (counts and maps for HyperSpy), .rpl (counts), .csv (maps as a table), .png (maps as pictures); of a plan .nion.json, .gatan.txt, .regions.csv, .points.csv, .mask.npy or .mask.png',
    commands: ['export'],
  },
  force: { help: 'replace what --to names; without it nothing is ever replaced', commands: ['export'] },
  poll: { help: 'look for changes instead of waiting for events (network shares)', commands: ['watch'] },
  depth: {
    value: 'n',
    help: `levels of folders below a folder that are looked into, 0–16 (default ${DEFAULT_DEPTH})`,
    commands: ['watch', 'analyse'],
  },
  'follow-links': {
    help: 'follow links that lead out of a folder; otherwise nothing outside is read',
    commands: ['watch', 'analyse'],
  },
  record: {
    value: 'folder',
    help: 'record sessions here, one folder each; the folder above must be there (default eelwatch-sessions in the current folder)',
    commands: ['watch', 'listen'],
  },
  'record-counts': {
    help: 'copy the counts of watched files into their sessions, instead of referring to the files',
    commands: ['watch'],
  },
  source: {
    value: 'path',
    help: 'where the files of a watched scan lie now: the file that was opened, or its folder',
    commands: ['replay'],
  },
  speed: {
    value: 'times|max',
    help: 'of a replay, 0.1–1000 times that of the recording, or as fast as it goes (default 1)',
    commands: ['replay'],
  },
  'no-record': {
    help: 'record no sessions: nothing is kept once the monitor ends',
    commands: ['watch', 'listen'],
  },
  spool: { value: 'folder', help: 'older name of --record', commands: ['listen'] },
  'keep-gb': {
    value: 'GB',
    help: 'delete the oldest sessions beyond this size; never one that is open, pinned, or without final maps',
    commands: RECORDING,
  },
  'keep-sessions': { value: 'n', help: 'delete the oldest sessions beyond this number', commands: RECORDING },
  'keep-days': { value: 'days', help: 'delete sessions that ended longer ago', commands: RECORDING },
  host: {
    value: 'address',
    help: 'address to serve on (default 127.0.0.1; any other demands --token)',
    commands: SERVING,
  },
  port: { value: 'n', help: `port to serve on, 0 for any (default ${DEFAULT_PORT})`, commands: SERVING },
  token: {
    value: 'secret',
    help: `what other machines must show, ${TOKEN_RULE}; in sight of all on this machine, unlike --token-file and ${TOKEN_VARIABLE}`,
    commands: SERVING,
  },
  'token-file': {
    value: 'file',
    help: `file that holds the token (default the environment variable ${TOKEN_VARIABLE})`,
    commands: SERVING,
  },
  open: { help: 'open the dashboard in the browser', commands: SERVING },
  dose: {
    value: 'name',
    help: 'low, default or high, or mean counts per channel at 97 eV',
    commands: SIMULATING,
  },
  dwell: {
    value: 'seconds',
    help: 'time per pixel (demo 0.01; simulate 0, as fast as it goes)',
    commands: SIMULATING,
  },
  gain: {
    value: 'g',
    help: 'variance over mean of the simulated detector (default 1)',
    commands: SIMULATING,
  },
  correlation: {
    value: 'ρ',
    help: 'correlation of neighbouring channels of the simulated detector (default 0)',
    commands: SIMULATING,
  },
  serpentine: { help: 'scan odd rows from right to left', commands: SIMULATING },
  flyback: {
    value: 'n',
    help: 'records at the end of each row that belong to no pixel',
    commands: SIMULATING,
  },
  drift: {
    value: 'eV',
    help: 'of the energy axis over a simulated scan (default 0.5)',
    commands: SIMULATING,
  },
  passes: { value: 'n', help: 'passes over the same pixels that share the dose', commands: SIMULATING },
  adaptive: {
    help: 'push a short first pass, then rescan what the operator accepts, until the budget is spent',
    commands: ['simulate'],
  },
  'plan-folder': {
    value: 'folder',
    help: 'folder for accepted plans, for scripts that watch it; plan-<number>.json comes last',
    commands: PLANNING,
  },
  'first-dwell': {
    value: 'share',
    help: 'of the dose that the first pass has (default 1; with --adaptive 0.25)',
    commands: SIMULATING,
  },
  patience: {
    value: 'seconds',
    help: 'end an adaptive acquisition when no plan was accepted for so long (default: wait on)',
    commands: ['simulate'],
  },
  regions: {
    value: 'plan.json',
    help: 'write rescans of the regions of a plan into the directory, of the scan with the same options',
    commands: ['simulate'],
  },
  'rescan-shift': {
    value: 'y,x',
    help: 'pixels by which rescans are displaced, as by drift (default 0,0)',
    commands: ['simulate'],
  },
  damage: {
    value: 'share',
    help: 'of the SiO2 that one dwell reduces to Si, seen in rescans (default 0)',
    commands: ['simulate'],
  },
  'no-low-loss': { help: 'record the core loss alone', commands: SIMULATING },
  name: { value: 'stem', help: 'name of the simulated scan', commands: ['simulate'] },
  threads: {
    value: 'n',
    help: 'threads that are to be busy, one per edge at least (default as many as the machine runs at once)',
    commands: ANALYSING,
  },
  memory: {
    value: 'MB',
    help: 'refuse scans whose analysis needs more (default three quarters of the machine)',
    commands: ANALYSING,
  },
  budget: {
    value: 'budget',
    help: `what a rescan may cost: ${BUDGET_FORM} (default 25%; analyse plans when it is given)`,
    commands: [...PLANNED, 'simulate'],
  },
  'dose-limit': {
    value: 'e/Å²',
    help: 'the most that a plan gives a pixel in all (needs --beam-current, dwell time and pixel size)',
    commands: PLANNED,
  },
  'beam-current': {
    value: 'pA',
    help: 'of the probe: doses of a plan in e/Å²',
    commands: PLANNED,
  },
  'flyback-time': {
    value: 'seconds',
    help: 'that the beam takes from the end of a row to the next, for the time of a plan (default 0)',
    commands: PLANNED,
  },
  'setup-time': {
    value: 'seconds',
    help: 'that a region takes before its first pixel, for the time of a plan (default 3)',
    commands: PLANNED,
  },
  'auto-accept': {
    help: 'accept plans without a yes on the page, until the budget is used up',
    commands: PLANNING,
  },
  seed: { value: 'n', help: 'seed of everything random (default 1)', commands: RUNNING },
  config: { value: 'file.json', help: 'options by their long names; the command line wins', commands: ALL },
  json: { help: 'progress and alerts as JSON lines on standard output', commands: ALL },
  'log-level': {
    value: 'level',
    help: 'silent (nothing but why it failed), error, warn, info or debug (default warn)',
    commands: ALL,
  },
  help: { help: 'this text', commands: ALL },
  version: { help: 'the version', commands: ALL },
};
