import type { CubeLayout } from '../cube.ts';
import type { ScanFile } from '../format.ts';
import { stampTextOf } from './file-stamp.ts';

/**
 * Notes the state of the files of samples, so that readers find out when one is written to or exchanged afterwards. For files that
 * nobody writes to any more.
 * @param known stamps from before the header was read, by path: what has changed since is found, too
 */
export async function withStamps(file: ScanFile, known = new Map<string, string>()): Promise<ScanFile> {
  // What is unpacked is written while it is read.
  if (file.unpack) return file;
  const stamp = async (layout: CubeLayout): Promise<CubeLayout> => {
    if (layout.stamps) return layout;
    const stamps: string[] = [];
    for (const path of layout.paths) {
      const found = known.get(path) ?? (await stampTextOf(path));
      if (found === undefined) return layout;
      stamps.push(found);
    }
    return { ...layout, stamps };
  };
  const scalars: ScanFile['scalars'] = [];
  for (const { name, cube } of file.scalars) scalars.push({ name, cube: await stamp(cube) });
  return {
    ...file,
    core: await stamp(file.core),
    ...(file.lowLoss && { lowLoss: await stamp(file.lowLoss) }),
    scalars,
  };
}
