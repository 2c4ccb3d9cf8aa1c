import { PickleBytes } from './pickle-bytes.ts';

/** Stands for a class, a function, and whatever a call of one would have made: nothing is ever looked up, called or built. */
export const OPAQUE = Symbol('opaque');

/** What a pickle of plain values holds. Dictionaries have no prototype. */
export type PickledValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | PickledValue[]
  | { [key: string]: PickledValue }
  | typeof OPAQUE;

/** More than any header of a measurement. */
const MOST_STEPS = 100_000;

const STOP = 0x2e;
const MARK = Symbol('mark');

/**
 * Reads a pickle of protocol 2 to 5 as data: numbers, texts, lists, dictionaries. An array of objects, which NumPy pickles as a call with
 * the list of its objects for a state, is returned as that list.
 * @throws RangeError for what is cut off, has opcodes of other things, or more than 100 000 of them
 */
export function readPlainPickle(bytes: Uint8Array): PickledValue {
  const source = new PickleBytes(bytes);
  const stack = new PickleStack();
  for (let step = 0; step < MOST_STEPS; step++) {
    const code = source.count(1);
    if (code === STOP) return stack.pop();
    const value = VALUES[code];
    const act = ACTS[code];
    if (value) stack.push(value(source));
    else if (act) act(stack, source);
    else
      throw new RangeError(`opcode 0x${code.toString(16)} at byte ${source.at - 1} is none of plain values`);
  }
  throw new RangeError(`more than ${MOST_STEPS} opcodes`);
}

/** Opcodes that put a value on the stack, named as in Python's `pickletools`. */
const VALUES: Record<number, (source: PickleBytes) => PickledValue> = {
  /* NONE */ 78: () => null,
  /* NEWTRUE */ 136: () => true,
  /* NEWFALSE */ 137: () => false,
  /* BININT */ 74: (source) => source.take(4).readInt32LE(),
  /* BININT1 */ 75: (source) => source.count(1),
  /* BININT2 */ 77: (source) => source.count(2),
  /* LONG1 */ 138: (source) => source.long(source.count(1)),
  /* BINFLOAT */ 71: (source) => source.take(8).readDoubleBE(),
  /* SHORT_BINUNICODE */ 140: (source) => source.text(source.count(1)),
  /* BINUNICODE */ 88: (source) => source.text(source.count(4)),
  /* SHORT_BINBYTES */ 67: (source) => source.take(source.count(1)),
  /* BINBYTES */ 66: (source) => source.take(source.count(4)),
  /* EMPTY_LIST */ 93: () => [],
  /* EMPTY_TUPLE */ 41: () => [],
  /* EMPTY_DICT */ 125: () => Object.create(null),
  /* GLOBAL */ 99: (source) => {
    source.skipLine();
    source.skipLine();
    return OPAQUE;
  },
};

/** Opcodes that change what lies on the stack. */
const ACTS: Record<number, (stack: PickleStack, source: PickleBytes) => void> = {
  /* PROTO */ 128: (_, source) => source.take(1),
  /* FRAME */ 149: (_, source) => source.take(8),
  /* MARK */ 40: (stack) => stack.mark(),
  /* TUPLE1 */ 133: (stack) => stack.push(stack.popSome(1)),
  /* TUPLE2 */ 134: (stack) => stack.push(stack.popSome(2)),
  /* TUPLE3 */ 135: (stack) => stack.push(stack.popSome(3)),
  /* TUPLE */ 116: (stack) => stack.push(stack.popToMark()),
  /* APPEND */ 97: (stack) => stack.append(stack.popSome(1)),
  /* APPENDS */ 101: (stack) => stack.append(stack.popToMark()),
  /* SETITEM */ 115: (stack) => stack.setItems(stack.popSome(2)),
  /* SETITEMS */ 117: (stack) => stack.setItems(stack.popToMark()),
  /* BINPUT */ 113: (stack, source) => stack.remember(source.count(1)),
  /* LONG_BINPUT */ 114: (stack, source) => stack.remember(source.count(4)),
  /* MEMOIZE */ 148: (stack) => stack.remember(),
  /* BINGET */ 104: (stack, source) => stack.recall(source.count(1)),
  /* LONG_BINGET */ 106: (stack, source) => stack.recall(source.count(4)),
  /* STACK_GLOBAL */ 147: (stack) => stack.forgo(),
  /* REDUCE */ 82: (stack) => stack.forgo(),
  /* NEWOBJ */ 129: (stack) => stack.forgo(),
  /* BUILD */ 98: (stack) => stack.build(),
};

class PickleStack {
  readonly #entries: (PickledValue | typeof MARK)[] = [];
  readonly #memo = new Map<number, PickledValue>();

  push(value: PickledValue): void {
    this.#entries.push(value);
  }

  mark(): void {
    this.#entries.push(MARK);
  }

  pop(): PickledValue {
    const value = this.#top();
    this.#entries.pop();
    return value;
  }

  popSome(count: number): PickledValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  popToMark(): PickledValue[] {
    const at = this.#entries.lastIndexOf(MARK);
    if (at < 0) throw new RangeError('a mark is missing');
    const values = this.#entries.splice(at).slice(1);
    return values as PickledValue[];
  }

  append(values: PickledValue[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw new RangeError('a list is missing');
    for (const value of values) list.push(value);
  }

  setItems(items: PickledValue[]): void {
    const into = this.#top();
    if (typeof into !== 'object' || into === null || Array.isArray(into) || into instanceof Uint8Array)
      throw new RangeError('a dictionary is missing');
    for (let n = 0; n + 1 < items.length; n += 2) {
      const name = items[n];
      if (typeof name === 'string') into[name] = items[n + 1];
    }
  }

  remember(as = this.#memo.size): void {
    this.#memo.set(as, this.#top());
  }

  recall(as: number): void {
    const value = this.#memo.get(as);
    if (value === undefined) throw new RangeError(`value ${as} is missing`);
    this.push(value);
  }

  /** What would be called, and with what: neither is looked for. */
  forgo(): void {
    this.popSome(2);
    this.push(OPAQUE);
  }

  /** The state of an array: version, shape, type, order, and the list of its objects. */
  build(): void {
    const state = this.pop();
    const built = this.pop();
    const objects = Array.isArray(state) && state.length === 5 ? state[4] : undefined;
    this.push(built === OPAQUE && Array.isArray(objects) ? objects : built);
  }

  #top(): PickledValue {
    const value = this.#entries.at(-1);
    if (value === undefined || value === MARK) throw new RangeError('a value is missing');
    return value;
  }
}
