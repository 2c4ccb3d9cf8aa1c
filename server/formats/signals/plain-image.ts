import { InputError } from '../../../protocol/index.ts';

/** A file that is sound and holds an image without an energy axis, as surveys are: nothing is wrong with it. */
export class PlainImageError extends InputError {}
