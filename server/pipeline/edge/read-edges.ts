import { type Edge, type EnergyAxis, InputError } from '../../../protocol/index.ts';
import { type AdaptedEdge, adaptWindows, type Neighbour } from '../../analysis/windows/adapted-windows.ts';
import type { BackgroundMethod } from '../../analysis/windows/background-method.ts';
import { edgeWindow } from '../../analysis/windows/edge-window.ts';
import { windowFaults } from '../../analysis/windows/window-faults.ts';

export interface ReadInput {
  asked: readonly Edge[];
  energy: EnergyAxis;
  channels: number;
  background: BackgroundMethod;
  /** Edges that were not requested and that stand out in the sum spectrum. */
  standing: readonly Pick<Edge, 'name' | 'onsetEv'>[];
}

/**
 * The requested edges with the windows they are read in, in their order; refused where the axis or other edges leave no
 * room.
 */
export function readEdges({ asked, energy, channels, background, standing }: ReadInput): AdaptedEdge[] {
  const neighbour =
    (isAsked: boolean) =>
    ({ name, onsetEv }: Pick<Edge, 'name' | 'onsetEv'>): Neighbour => ({
      name,
      onsetEv,
      asked: isAsked,
    });
  const neighbours = [...asked.map(neighbour(true)), ...standing.map(neighbour(false))];
  return asked.map((edge) => {
    const read: AdaptedEdge = background === 'none' ? { edge, warnings: [] } : adaptWindows(edge, neighbours);
    try {
      edgeWindow(read.edge, energy, channels, background);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { edge, refused: error.message, warnings: [] };
    }
    if (read.refused !== undefined)
      return { ...read, refused: new InputError(`edge ${edge.name}`, 'fit window', read.refused).message };
    if (background === 'none') return read;
    return { ...read, warnings: [...read.warnings, ...windowFaults(read.edge, energy, channels)] };
  });
}
