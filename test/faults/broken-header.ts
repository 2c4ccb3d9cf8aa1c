const RUNS = [
  ' ',
  '\t',
  '\n',
  '\r',
  ',',
  ';',
  '#',
  '0',
  '9',
  '-',
  'e',
  '(',
  '[',
  '{',
  '"',
  "'",
  '\0',
  '\u00ff',
];
const ABSURD = [
  '-1',
  '0',
  '1e308',
  'NaN',
  '-Infinity',
  '2147483648',
  '1099511627776',
  '9007199254740993',
  '0,5',
  '1,250',
  '',
  '""',
  '[]',
];
const LONGEST_RUN = 2 ** 15;

/** A header with one to four changes: bytes, numbers, runs of one letter, parts that are left out, doubled or cut off. */
export function brokenHeader(header: Buffer, random: () => number): Buffer {
  let bytes: Buffer = Buffer.from(header);
  const changes = 1 + Math.floor(random() * 4);
  for (let n = 0; n < changes; n++) bytes = change(bytes, random);
  return bytes;
}

function change(bytes: Buffer, random: () => number): Buffer {
  const below = (end: number) => Math.floor(random() * end);
  const at = below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + below(64));
  const replaced = (from: number, to: number, by: Buffer) =>
    Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);
  switch (below(8)) {
    case 0:
      return replaced(at, Math.min(bytes.length, at + 1), Buffer.of(below(256)));
    case 1:
      return replaced(at, Math.min(bytes.length, at + 4), Buffer.alloc(4, [0, 0xff, 0x7f, 0x80][below(4)]));
    case 2:
      return replaced(at, at, Buffer.alloc(1 + below(LONGEST_RUN), RUNS[below(RUNS.length)], 'latin1'));
    case 3:
      return replaced(at, end, Buffer.alloc(0));
    case 4:
      return replaced(at, at, bytes.subarray(at, end));
    case 5:
      return bytes.subarray(0, at);
    default:
      return withAbsurdNumber(bytes, below, replaced);
  }
}

/** One of the numbers that are written in digits, if there are any. */
function withAbsurdNumber(
  bytes: Buffer,
  below: (end: number) => number,
  replaced: (from: number, to: number, by: Buffer) => Buffer,
): Buffer {
  const numbers = [
    ...bytes
      .subarray(0, 2 ** 14)
      .toString('latin1')
      .matchAll(/-?\d+(?:\.\d+)?/g),
  ];
  if (numbers.length === 0) return bytes;
  const { index, 0: digits } = numbers[below(numbers.length)];
  return replaced(index, index + digits.length, Buffer.from(ABSURD[below(ABSURD.length)]));
}
