import fc from 'fast-check';

/**
 * Property tests draw the same inputs in every run, so that a change is judged by what it changes. `PROPERTY_SEED=random`
 * draws new ones, to look for inputs that no run has met; a number repeats the run that named it.
 */
const wanted = process.env.PROPERTY_SEED ?? '20261129';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
