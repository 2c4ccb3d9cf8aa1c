import type { DType, EnergyAxis, Layer, LayerKind, Phase, Scan } from '../../protocol/index.ts';
import type { CubeLayout } from '../formats/cube.ts';

/** Spectra that are read as they are written out, a part at a time. */
export interface Spectra {
  channels: number;
  energy: EnergyAxis;
  /** What they are written as: holds every sample exactly, sums of passes included. */
  dtype: DType;
  /** Spectra of pixels [first, first + count), row-major; 0 where nothing is measured. Valid until the next call. */
  read(first: number, count: number): Promise<Float64Array>;
}

/** A map of the scan: `rows * columns * components` samples, NaN (f32) or −2 (i16) where nothing is measured. */
export interface ExportMap {
  layer: Omit<Layer, 'id' | 'kind'> & { kind: LayerKind | 'passes' };
  data: Float32Array | Int16Array;
}

export interface ExportClass {
  label: number;
  /** Phase, where references name it. */
  name?: string;
}

/** What is known of the classes of an edge. */
export interface ExportEdge {
  name: string;
  onsetEv?: number;
  classes: ExportClass[];
  /** Mean net spectra, one of each class in the order of labels, counts. */
  spectra?: { energy: EnergyAxis; means: Float32Array[] };
}

/** All that can be exported of a scan, wherever it comes from, as plain data: it can be sent to a thread. */
export interface ExportContent {
  /** Where its spectra lie; absent where only maps were kept. */
  cubes?: { core: CubeLayout; lowLoss?: CubeLayout };
  /** With the energy axis that its maps were made on. */
  scan: Scan;
  /** Name of the file or folder that it is exported from. */
  file: string;
  /** What the spectra came from, for people. */
  source: string;
  /** The energy axis that was recorded, where another one is in force. */
  filedEnergy?: EnergyAxis;
  /** When it was recorded: ISO 8601, UTC. */
  created?: string;
  /** Passes that are complete at each pixel; absent where all have been measured once. */
  passes?: Uint8Array;
  maps: ExportMap[];
  edges: ExportEdge[];
  /** What the numbers of the phase map stand for, where there is one. */
  phases?: Phase[];
  /** What an exported file does not hold though one might expect it, in words. */
  notes: string[];
}

/** The same with readers of its spectra. */
export interface Exportable extends ExportContent {
  counts?: Spectra;
  lowLoss?: Spectra;
  close(): Promise<void>;
}
