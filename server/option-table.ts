import { basename } from 'node:path';
import * as v from 'valibot';
import {
  BUDGET_FORM,
  budgetText,
  CALIBRATE_METHODS,
  CLASS_COLOURS,
  DEFAULT_PORT,
  parseBudget,
  parseEdges,
} from '../protocol/index.ts';
import { KMEANS_PROGRAMS } from './analysis/clustering/kmeans-program.ts';
import { UMAP_PROGRAMS } from './analysis/embedding/umap-program.ts';
import { BACKGROUND_METHODS } from './analysis/windows/background-method.ts';
import { COMMANDS, type Command } from './command-table.ts';
import { isExportPath } from './exporting/export-scan.ts';
import { DEFAULT_DRIFT_EV, DEFAULT_NOISE, DOSE_NAMES } from './microscope/simulation-options.ts';
import {
  above,
  anyNumber,
  atLeast,
  between,
  flag,
  oneOf,
  pair,
  rescans,
  rowRange,
  text,
  upTo,
  whole,
  wordOr,
} from './option-forms.ts';
import { ALIGN_METHODS, ANALYSIS_DEFAULTS, CLASS_SPACES, MAX_CLASSES } from './pipeline/options.ts';
import { PLAN_DEFAULTS } from './pipeline/planner/plan-options.ts';
import { planFormatOf } from './planning/plan-formats.ts';
import { DEFAULT_DEPTH } from './sources/folders/watch-times.ts';
import { isToken, TOKEN_RULE, TOKEN_VARIABLE } from './token.ts';

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

/** An option of the command line and of config files. Its help is followed by its form and its default. */
export interface Option {
  /** It may be given several times. */
  isRepeated?: true;
  /** What stands for the value in the help; absent for a switch. */
  value?: string;
  help: string;
  /** What happens without it, where that is no value of its own. */
  otherwise?: string;
  commands: Command[];
  /** Form, range and default; its description says what is expected. */
  schema: v.OptionalSchema<v.GenericSchema, unknown>;
}

/** Every option with all that is said of it: the schema, the help and what errors expect follow from here. */
export const OPTIONS = {
  edges: {
    value: 'list',
    help: 'edges to look at',
    commands: RUNNING,
    schema: v.optional(
      v.pipe(
        v.string(),
        v.transform(parseEdges),
        v.description('Si-L,C-K,… or Name:onset[:fit0-fit1:signal0-signal1], eV'),
      ),
      'Si-L,C-K,O-K',
    ),
  },
  classes: {
    value: 'n|auto',
    help: `classes per edge (beyond ${CLASS_COLOURS.length} colours repeat)`,
    commands: ANALYSING,
    schema: v.optional(wordOr(['auto'], whole(1, MAX_CLASSES)), ANALYSIS_DEFAULTS.classes),
  },
  'classes-in': {
    value: 'space',
    help: 'where k-means looks for classes',
    commands: ANALYSING,
    schema: v.optional(oneOf(CLASS_SPACES), ANALYSIS_DEFAULTS.classesIn),
  },
  references: {
    value: 'folder',
    help: 'MSA spectra to name classes by, beside the built-in ones',
    commands: ANALYSING,
    schema: v.optional(text('a folder')),
  },
  landmarks: {
    value: 'n',
    help: 'spectra an embedding is fitted on',
    commands: ANALYSING,
    schema: v.optional(whole(50, 10_000), ANALYSIS_DEFAULTS.landmarks),
  },
  umap: {
    value: 'program',
    help: 'what fits embeddings',
    commands: ANALYSING,
    schema: v.optional(oneOf(UMAP_PROGRAMS), ANALYSIS_DEFAULTS.umap),
  },
  kmeans: {
    value: 'program',
    help: 'what finds classes (auto: ml-kmeans for the first model of a live scan, built-in for the others)',
    commands: ANALYSING,
    schema: v.optional(oneOf(KMEANS_PROGRAMS), ANALYSIS_DEFAULTS.kmeans),
  },
  background: {
    value: 'method',
    help: 'background under the edges (none where it was taken elsewhere: needs no fit window)',
    commands: ANALYSING,
    schema: v.optional(oneOf(BACKGROUND_METHODS), ANALYSIS_DEFAULTS.background),
  },
  align: {
    value: 'how',
    help: 'energy axis by the zero-loss peak (zlp, to 0 eV), the strongest edge (onset), or about its median where it drifts (auto)',
    commands: ANALYSING,
    schema: v.optional(oneOf(ALIGN_METHODS), ANALYSIS_DEFAULTS.align),
  },
  calibrate: {
    value: 'how',
    help: 'where the edges fit another energy axis better, propose it, apply it (auto), or do not look (off)',
    commands: ANALYSING,
    schema: v.optional(oneOf(CALIBRATE_METHODS), ANALYSIS_DEFAULTS.calibrate),
  },
  energy: {
    value: 'offset,dispersion',
    help: 'energy axis, where the file has it wrong, or has none (.npy, .mib)',
    commands: ['watch', 'analyse', 'compare'],
    schema: v.optional(pair(anyNumber(), above(0), 'two numbers: eV, and eV per channel (above 0)')),
  },
  rescan: {
    value: 'file@y,x[,dwells]',
    help: 'file of a rescan, row and column of the scan that its first pixel lies at, and how many times as long it was exposed (repeatable)',
    commands: ['watch', 'analyse'],
    isRepeated: true,
    schema: v.optional(rescans(), []),
  },
  'energy-sigma': {
    value: 'eV',
    help: 'uncertainty of the energy axis; names allow a shift of twice that, but 0.5 to 1 eV',
    commands: ANALYSING,
    schema: v.optional(atLeast(0), ANALYSIS_DEFAULTS.calibrationSigmaEv),
  },
  shape: {
    value: 'y,x',
    help: 'rows and columns, where the file has them wrong; of a simulated scan',
    commands: ['watch', 'analyse', 'compare', 'demo', 'simulate'],
    schema: v.optional(pair(whole(1, 65_536), whole(1, 65_536), 'two whole numbers from 1 to 65536')),
  },
  rows: {
    value: 'first:end',
    help: 'rows of the detector that are summed up to a spectrum, from 0, the end not included (.mib)',
    otherwise: 'all',
    commands: ['watch', 'analyse', 'compare'],
    schema: v.optional(rowRange()),
  },
  image: {
    value: 'n',
    help: 'which image or signal of a file that holds several, from 1',
    otherwise: 'the largest spectrum image',
    commands: ['watch', 'analyse', 'compare'],
    schema: v.optional(whole(1, 65_536)),
  },
  out: {
    value: 'folder',
    help: 'where results are written: made where it is missing; those of an earlier run are replaced as a whole, other files stay',
    commands: ['analyse', 'replay', 'compare'],
    schema: v.optional(text('a folder')),
  },
  serve: {
    help: 'show the comparison on a page until interrupted',
    commands: ['compare'],
    schema: flag(),
  },
  to: {
    value: 'file',
    help: 'counts and maps for HyperSpy (.hspy, .zspy), counts (.rpl), maps as a table (.csv) or pictures (.png), or a plan',
    commands: ['export'],
    schema: v.optional(
      v.pipe(
        v.string(),
        v.check((path) => isExportPath(path) || planFormatOf(basename(path)) !== undefined),
        v.description(
          'a name that ends in .hspy, .zspy, .rpl, .csv or .png; of a plan in .nion.json, .gatan.txt, .regions.csv, .points.csv, .mask.npy or .mask.png',
        ),
      ),
    ),
  },
  force: {
    help: 'replace what --to names; without it nothing is ever replaced',
    commands: ['export'],
    schema: flag(),
  },
  poll: {
    help: 'look for changes instead of waiting for events (network shares)',
    commands: ['watch'],
    schema: flag(),
  },
  depth: {
    value: 'n',
    help: 'levels of folders below a folder that are looked into',
    commands: ['watch', 'analyse'],
    schema: v.optional(whole(0, 16), DEFAULT_DEPTH),
  },
  'follow-links': {
    help: 'follow links that lead out of a folder; otherwise nothing outside is read',
    commands: ['watch', 'analyse'],
    schema: flag(),
  },
  record: {
    value: 'folder',
    help: 'record sessions here, one folder each; the folder above must be there',
    otherwise: 'eelwatch-sessions in the current folder',
    commands: RECORDING,
    schema: v.optional(text('a folder')),
  },
  'record-counts': {
    help: 'copy the counts of watched files into their sessions, instead of referring to the files',
    commands: ['watch'],
    schema: flag(),
  },
  source: {
    value: 'path',
    help: 'where the files of a watched scan lie now: the file that was opened, or its folder',
    commands: ['replay'],
    schema: v.optional(text('a path')),
  },
  speed: {
    value: 'times|max',
    help: 'of a replay, times that of the recording, max: as fast as it goes',
    otherwise: '1',
    commands: ['replay'],
    schema: v.optional(wordOr(['max'], between(0.1, 1000))),
  },
  'no-record': {
    help: 'record no sessions: nothing is kept once the monitor ends',
    commands: RECORDING,
    schema: flag(),
  },
  spool: {
    value: 'folder',
    help: 'older name of --record',
    commands: ['listen'],
    schema: v.optional(text('a folder')),
  },
  'keep-gb': {
    value: 'GB',
    help: 'delete the oldest sessions beyond this size; never one that is open, pinned, or without final maps',
    commands: RECORDING,
    schema: v.optional(atLeast(0)),
  },
  'keep-sessions': {
    value: 'n',
    help: 'delete the oldest sessions beyond this number',
    commands: RECORDING,
    schema: v.optional(whole(0, 1_000_000)),
  },
  'keep-days': {
    value: 'days',
    help: 'delete sessions that ended longer ago',
    commands: RECORDING,
    schema: v.optional(atLeast(0)),
  },
  host: {
    value: 'address',
    help: 'address to serve on; any but that of this machine demands --token',
    commands: SERVING,
    schema: v.optional(text('an address'), '127.0.0.1'),
  },
  port: {
    value: 'n',
    help: 'port to serve on, 0 for any that is free',
    commands: SERVING,
    schema: v.optional(whole(0, 65_535), DEFAULT_PORT),
  },
  token: {
    value: 'secret',
    help: `what other machines must show; in sight of all on this machine, unlike --token-file and ${TOKEN_VARIABLE}`,
    commands: SERVING,
    schema: v.optional(v.pipe(v.string(), v.check(isToken), v.description(TOKEN_RULE))),
  },
  'token-file': {
    value: 'file',
    help: 'file that holds the token',
    otherwise: `the environment variable ${TOKEN_VARIABLE}`,
    commands: SERVING,
    schema: v.optional(text('a file')),
  },
  open: { help: 'open the dashboard in the browser', commands: SERVING, schema: flag() },
  dose: {
    value: 'dose',
    help: 'dose of a simulated scan, by name or in mean counts per channel at 97 eV',
    commands: SIMULATING,
    schema: v.optional(wordOr(DOSE_NAMES, atLeast(0)), 'default'),
  },
  dwell: {
    value: 'seconds',
    help: 'time per pixel',
    otherwise: 'demo 0.01; simulate 0, as fast as it goes',
    commands: SIMULATING,
    schema: v.optional(atLeast(0)),
  },
  gain: {
    value: 'g',
    help: 'variance over mean of the simulated detector',
    commands: SIMULATING,
    schema: v.optional(atLeast(0), DEFAULT_NOISE.gain),
  },
  correlation: {
    value: 'ρ',
    help: 'correlation of neighbouring channels of the simulated detector',
    commands: SIMULATING,
    schema: v.optional(between(0, 0.5), DEFAULT_NOISE.correlation),
  },
  serpentine: { help: 'scan odd rows from right to left', commands: SIMULATING, schema: flag() },
  flyback: {
    value: 'n',
    help: 'records at the end of each row that belong to no pixel',
    commands: SIMULATING,
    schema: v.optional(whole(0, 1000), 0),
  },
  drift: {
    value: 'eV',
    help: 'of the energy axis over a simulated scan',
    commands: SIMULATING,
    schema: v.optional(anyNumber(), DEFAULT_DRIFT_EV),
  },
  passes: {
    value: 'n',
    help: 'passes over the same pixels that share the dose',
    commands: SIMULATING,
    schema: v.optional(whole(1, 100), 1),
  },
  adaptive: {
    help: 'push a short first pass, then rescan what the operator accepts, until the budget is spent',
    commands: ['simulate'],
    schema: flag(),
  },
  'plan-folder': {
    value: 'folder',
    help: 'folder for accepted plans, for scripts that watch it; plan-<number>.json comes last',
    commands: PLANNING,
    schema: v.optional(text('a folder')),
  },
  'first-dwell': {
    value: 'share',
    help: 'of the dose that the first pass has',
    otherwise: '1; with --adaptive 0.25',
    commands: SIMULATING,
    schema: v.optional(upTo(1000)),
  },
  patience: {
    value: 'seconds',
    help: 'end an adaptive acquisition when no plan was accepted for so long',
    otherwise: 'wait on',
    commands: ['simulate'],
    schema: v.optional(above(0)),
  },
  regions: {
    value: 'plan.json',
    help: 'write rescans of the regions of a plan into the directory, of the scan with the same options',
    commands: ['simulate'],
    schema: v.optional(text('a plan.json')),
  },
  'rescan-shift': {
    value: 'y,x',
    help: 'pixels by which rescans are displaced, as by drift',
    otherwise: '0,0',
    commands: ['simulate'],
    schema: v.optional(pair(anyNumber(), anyNumber(), 'two numbers')),
  },
  damage: {
    value: 'share',
    help: 'of the SiO2 that one dwell reduces to Si, seen in rescans',
    otherwise: '0',
    commands: ['simulate'],
    schema: v.optional(between(0, 1)),
  },
  'no-low-loss': { help: 'record the core loss alone', commands: SIMULATING, schema: flag() },
  name: {
    value: 'stem',
    help: 'name of the simulated scan',
    commands: ['simulate'],
    schema: v.optional(
      v.pipe(v.string(), v.regex(/^[\w.-]+$/), v.description('letters, digits, dots and dashes')),
    ),
  },
  threads: {
    value: 'n',
    help: 'threads that are to be busy, one per edge at least',
    otherwise: 'as many as the machine runs at once',
    commands: ANALYSING,
    schema: v.optional(whole(1, 1024)),
  },
  memory: {
    value: 'MB',
    help: 'refuse scans whose analysis needs more',
    otherwise: 'three quarters of the machine',
    commands: ANALYSING,
    schema: v.optional(whole(64, 2 ** 30)),
  },
  budget: {
    value: 'budget',
    help: 'what a rescan may cost (analyse plans when it is given)',
    otherwise: budgetText(PLAN_DEFAULTS.request.budget),
    commands: [...PLANNED, 'simulate'],
    schema: v.optional(v.pipe(v.string(), v.transform(parseBudget), v.description(BUDGET_FORM))),
  },
  'dose-limit': {
    value: 'e/Å²',
    help: 'the most that a plan gives a pixel in all (needs --beam-current, dwell time and pixel size)',
    commands: PLANNED,
    schema: v.optional(above(0)),
  },
  'beam-current': {
    value: 'pA',
    help: 'of the probe, for doses of a plan in e/Å²',
    commands: PLANNED,
    schema: v.optional(above(0)),
  },
  'flyback-time': {
    value: 'seconds',
    help: 'that the beam takes from the end of a row to the next, for the time of a plan',
    commands: PLANNED,
    schema: v.optional(atLeast(0), PLAN_DEFAULTS.flybackSeconds),
  },
  'setup-time': {
    value: 'seconds',
    help: 'that a region takes before its first pixel, for the time of a plan',
    commands: PLANNED,
    schema: v.optional(atLeast(0), PLAN_DEFAULTS.setupSeconds),
  },
  'auto-accept': {
    help: 'accept plans without a yes on the page, until the budget is used up',
    commands: PLANNING,
    schema: flag(),
  },
  seed: {
    value: 'n',
    help: 'seed of everything random',
    commands: RUNNING,
    schema: v.optional(whole(0, 2 ** 31 - 1), ANALYSIS_DEFAULTS.seed),
  },
  config: {
    value: 'file.json',
    help: 'options by their long names; the command line wins',
    commands: ALL,
    schema: v.optional(text('a file.json')),
  },
  json: { help: 'progress and alerts as JSON lines on standard output', commands: ALL, schema: flag() },
  'log-level': {
    value: 'level',
    help: 'what is printed (silent: nothing but why it failed)',
    commands: ALL,
    schema: v.optional(oneOf(['silent', 'error', 'warn', 'info', 'debug']), 'warn'),
  },
  help: { help: 'this text', commands: ALL, schema: flag() },
  version: { help: 'the version', commands: ALL, schema: flag() },
} satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

/** The option of this name, if there is one. */
export const optionOf = (name: string): Option | undefined =>
  Object.hasOwn(OPTIONS, name) ? OPTIONS[name as OptionName] : undefined;

/** What its values look like, in words. */
export const formOf = ({ schema }: Option): string =>
  v.getDescription(schema.wrapped) ?? schema.wrapped.expects;

/** What applies without it, in words; undefined where nothing does. */
export function defaultOf({ value, schema, otherwise }: Option): string | undefined {
  const fallback = v.getDefault(schema);
  if (otherwise !== undefined || value === undefined || fallback === undefined) return otherwise;
  return Array.isArray(fallback) ? fallback.join(',') || undefined : String(fallback);
}
