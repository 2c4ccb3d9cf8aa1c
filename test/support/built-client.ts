/** The dashboard as it is delivered: what `npm run build` made, like the program that the tests start. */
export const BUILT_CLIENT = new URL('../../dist/client', import.meta.url).pathname;
