import type { CubeReader } from '../formats/cube.ts';
import { openCube } from '../formats/cube-reader.ts';
import type { SurveyLayouts } from './survey-protocol.ts';

export interface OpenCubes {
  core: CubeReader;
  lowLoss?: CubeReader;
}

/** The main thread's own look at the spectra, opened when one is asked for. */
export class ScanReader {
  #layouts: SurveyLayouts;
  #open: Promise<OpenCubes> | undefined;

  constructor(layouts: SurveyLayouts) {
    this.#layouts = layouts;
  }

  /** There are files of a further pass to read. */
  extend(layouts: SurveyLayouts): void {
    this.#layouts = { ...this.#layouts, ...layouts };
    void this.#open?.then(({ core, lowLoss }) => {
      core.extend(layouts.core.paths);
      lowLoss?.extend(layouts.lowLoss?.paths ?? []);
    });
  }

  cubes(): Promise<OpenCubes> {
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
    return { core: await openCube(core), ...(lowLoss && { lowLoss: await openCube(lowLoss) }) };
  }
}
