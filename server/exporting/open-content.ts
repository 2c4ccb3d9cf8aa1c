import { cubeSpectra } from './cube-spectra.ts';
import type { Exportable, ExportContent } from './exportable.ts';

/**
 * Opens the spectra of what is to be exported.
 * @throws InputError when their files cannot be opened
 */
export async function openContent(content: ExportContent): Promise<Exportable> {
  const { scan, cubes, passes } = content;
  if (!cubes) return { ...content, close: async () => {} };
  const counts = await cubeSpectra(cubes.core, scan.energy, passes);
  try {
    const lowLoss =
      cubes.lowLoss && scan.lowLoss && (await cubeSpectra(cubes.lowLoss, scan.lowLoss.energy, passes));
    return {
      ...content,
      counts,
      ...(lowLoss && { lowLoss }),
      async close() {
        await counts.close();
        await lowLoss?.close();
      },
    };
  } catch (error) {
    await counts.close();
    throw error;
  }
}
