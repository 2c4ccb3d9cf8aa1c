import type {
  Alert,
  Command,
  EnergyAxis,
  Layer,
  LayerMessage,
  PixelSpectrum,
  ScanMessage,
  Topic,
} from '../../protocol/index.ts';
import type { CubeLayout } from '../formats/cube.ts';
import type { MonitorCounts } from './monitor-counts.ts';

/** A layer with its samples, `rows * columns * components`; the samples change in place while the scan runs. */
export interface LiveLayer {
  readonly layer: Layer;
  readonly data: Float32Array | Int16Array;
  /** Model revision the samples belong to. */
  readonly revision: number;
}

/** Where the spectra of a scan lie, and how far it is. */
export interface LiveCubes {
  core: CubeLayout;
  lowLoss?: CubeLayout;
  /** As the source has it, whatever axis is in force. */
  energy: EnergyAxis;
  /** Passes that are complete at each pixel; grows while the scan runs. */
  passes: Uint8Array;
}

/** Change that listeners receive; they read samples and topics from the state when they are ready. */
export type StateChange =
  | { type: 'scan'; message: ScanMessage }
  /** The same scan with another energy axis or other windows. */
  | { type: 'retuned'; message: ScanMessage }
  | { type: 'layer'; message: LayerMessage }
  | { type: 'rows'; layer: number; firstRow: number; rows: number }
  | { type: 'topic'; key: string };

/**
 * The state that dashboards and the HTTP interface show: the newest picture of every layer and the newest message of
 * every topic. Written by the pipeline alone.
 */
export interface LiveState {
  readonly scan: ScanMessage | undefined;
  /** Of the scan on show; undefined where spectra are not kept. */
  readonly cubes: LiveCubes | undefined;
  readonly layers: readonly LiveLayer[];
  readonly topics: ReadonlyMap<string, Topic>;
  readonly alerts: readonly Alert[];
  /** Fault counters since the start, for a live source. */
  readonly counts?: MonitorCounts;
  /** The moment on show, ms since 1970: of the clock for a live scan, of the recording for a replay. */
  now(): number;
  subscribe(listener: (change: StateChange) => void): () => void;
  /** One pixel as recorded and as each edge sees it; `request` is 0, for the caller to fill in. */
  spectrum(pixel: number): Promise<PixelSpectrum>;
  /**
   * Executes a command of a page or a script.
   * @throws InputError when it cannot be done, with the reason
   */
  command(command: Command): Promise<void>;
  /** The content of summary.json at this moment. */
  summary(): Record<string, unknown>;
}
