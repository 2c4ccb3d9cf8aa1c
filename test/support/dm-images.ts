import { open } from 'node:fs/promises';
import {
  type DmGroup,
  dmGroup,
  dmTag,
  dmText,
  readDmTags,
} from '../../server/formats/digital-micrograph/dm-tags.ts';
import { ByteWindow } from '../../server/formats/files/byte-window.ts';

/** All images of little-endian float32 in a DM3 file, by name. */
export async function dmImages(path: string): Promise<Map<string, Float32Array>> {
  const file = await open(path);
  try {
    const { tags } = await readDmTags(new ByteWindow(file, path, (await file.stat()).size), path);
    const images = new Map<string, Float32Array>();
    for (const image of dmGroup(tags, 'ImageList')?.values() ?? []) {
      const name = dmText(image as DmGroup, 'Name');
      const data = dmTag(image as DmGroup, 'ImageData', 'Data');
      if (name === undefined || typeof data !== 'object' || data instanceof Map) continue;
      const bytes = new Uint8Array(data.bytes);
      await file.read(bytes, 0, data.bytes, data.offset);
      images.set(name, new Float32Array(bytes.buffer));
    }
    return images;
  } finally {
    await file.close();
  }
}
