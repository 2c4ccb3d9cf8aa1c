import type { PixelSpectrum } from '../../protocol/index.ts';
import type { CubeReader } from '../formats/cube.ts';
import { openCube } from '../formats/reading/cube-reader.ts';
import { type PixelViewInput, pixelView } from './pixel-view.ts';
import { AlignedReader, type Alignment } from './reading/aligned-reader.ts';
import type { SurveyLayouts } from './survey/survey-protocol.ts';

interface OpenCubes {
  core: CubeReader;
  /** As the edges read it. */
  aligned: AlignedReader;
  lowLoss?: CubeReader;
}

/** Reads single pixels for the main thread; files are opened on first use. */
export class ScanReader {
  #layouts: SurveyLayouts;
  #open: Promise<OpenCubes> | undefined;

  readonly #shifts: Float32Array;
  #alignment: Alignment | undefined;

  /** @param shifts eV by which a pixel's spectra lie above the scan's axis */
  constructor(layouts: SurveyLayouts, shifts: Float32Array) {
    this.#layouts = layouts;
    this.#shifts = shifts;
  }

  get alignment(): Alignment | undefined {
    return this.#alignment;
  }

  align(alignment: Alignment): void {
    this.#alignment = alignment;
    this.#whenOpen(({ aligned }) => aligned.align(alignment));
  }

  /** There are further passes or rescans to read. */
  extend(layouts: SurveyLayouts): void {
    this.#layouts = { ...this.#layouts, ...layouts };
    this.#whenOpen(({ core, lowLoss }) => {
      core.extend(layouts.core);
      if (layouts.lowLoss) lowLoss?.extend(layouts.lowLoss);
    });
  }

  /** Cubes that are opened later are opened as they are by then; a failure is reported by the call that needs them. */
  #whenOpen(change: (cubes: OpenCubes) => void): void {
    this.#open?.then(change, () => {});
  }

  /** One pixel as recorded and as each edge sees it under the model that is shown. */
  async view(
    pixel: number,
    shown: Pick<PixelViewInput, 'scan' | 'epoch' | 'measured' | 'edges'>,
  ): Promise<PixelSpectrum> {
    return pixelView({ ...shown, ...(await this.#cubes()) }, pixel);
  }

  #cubes(): Promise<OpenCubes> {
    this.#open ??= this.#openAll().catch((error: unknown) => {
      this.#open = undefined;
      throw error;
    });
    return this.#open;
  }

  async close(): Promise<void> {
    const open = await this.#open?.catch(() => undefined);
    await open?.core.close();
    await open?.lowLoss?.close();
  }

  async #openAll(): Promise<OpenCubes> {
    const { core, lowLoss } = this.#layouts;
    const raw = await openCube(core);
    try {
      const low = lowLoss && (await openCube(lowLoss));
      const aligned = new AlignedReader(raw, this.#shifts, this.#alignment);
      return { core: raw, aligned, ...(low && { lowLoss: low }) };
    } catch (error) {
      await raw.close();
      throw error;
    }
  }
}
