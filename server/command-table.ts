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
