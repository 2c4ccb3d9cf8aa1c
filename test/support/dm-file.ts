/** An image of a DM file; dimensions fastest index first, `data` little endian. */
export interface DmImage {
  dimensions: { size: number; origin: number; scale: number; units: string }[];
  dataType: number;
  data: Uint8Array;
  /** ImageTags.Meta Data.Signal; empty for none. */
  signal: string;
  /** ImageList[n].Name; left out for none. */
  name?: string;
}

/** Tags to be written: numbers as f64 (or u32 where wrapped), texts, bytes as an array of u8, groups. */
type Tag = number | string | Uint8Array | { u32: number } | [string, Tag][];

/** The bytes of a little-endian DM3 or DM4 file with the tags that spectra need. */
export function dmFile(
  version: 3 | 4,
  images: DmImage[],
  thumbnails: number[] = [],
): Uint8Array<ArrayBuffer> {
  const root: [string, Tag][] = [
    ['ImageList', images.map((image) => ['', imageTags(image)])],
    ['Thumbnails', thumbnails.map((index) => ['', [['ImageIndex', { u32: index }]]])],
  ];
  const body = group(version, root);
  const length = version === 4 ? u64(body.length) : u32(body.length);
  return Uint8Array.from([...u32(version), ...length, ...u32(1), ...body, ...new Uint8Array(8)]);
}

function imageTags(image: DmImage): [string, Tag][] {
  const dimension = image.dimensions.map(({ origin, scale, units }): [string, Tag] => [
    '',
    [
      ['Origin', origin],
      ['Scale', scale],
      ['Units', units],
    ],
  ]);
  const signal: [string, Tag][] = image.signal ? [['Meta Data', [['Signal', image.signal]]]] : [];
  return [
    [
      'ImageData',
      [
        ['Calibrations', [['Dimension', dimension]]],
        ['Data', image.data],
        ['DataType', { u32: image.dataType }],
        ['Dimensions', image.dimensions.map(({ size }) => ['', { u32: size }])],
      ],
    ],
    ['ImageTags', [...signal, ['Microscope Info', [['Voltage', 200_000]]]]],
    ...(image.name === undefined ? [] : ([['Name', image.name]] satisfies [string, Tag][])),
  ];
}

const u16 = (value: number): number[] => [value >> 8, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 65_535)];
const u64 = (value: number): number[] => [...u32(Math.floor(value / 2 ** 32)), ...u32(value >>> 0)];
const littleEndian = (array: Float64Array | Uint32Array | Uint16Array): number[] => [
  ...new Uint8Array(array.buffer),
];

function group(version: 3 | 4, tags: [string, Tag][]): number[] {
  const size = version === 4 ? u64 : u32;
  const bytes = [0, 0, ...size(tags.length)];
  for (const [name, tag] of tags) {
    const isGroup = Array.isArray(tag);
    const content = isGroup ? group(version, tag) : data(version, tag);
    bytes.push(isGroup ? 20 : 21, ...u16(name.length), ...Buffer.from(name, 'latin1'));
    if (version === 4) bytes.push(...u64(content.length));
    for (const byte of content) bytes.push(byte);
  }
  return bytes;
}

function data(version: 3 | 4, tag: Exclude<Tag, [string, Tag][]>): number[] {
  const size = version === 4 ? u64 : u32;
  const typed = (types: number[], values: number[]) => [
    ...Buffer.from('%%%%'),
    ...size(types.length),
    ...types.flatMap(size),
    ...values,
  ];
  if (typeof tag === 'number') return typed([7], littleEndian(Float64Array.of(tag)));
  if (typeof tag === 'string')
    return typed([20, 4, tag.length], littleEndian(Uint16Array.from(tag, (letter) => letter.charCodeAt(0))));
  if (tag instanceof Uint8Array) return typed([20, 10, tag.length], [...tag]);
  return typed([5], littleEndian(Uint32Array.of(tag.u32)));
}
