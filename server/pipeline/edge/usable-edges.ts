import { type Edge, InputError, type Scan } from '../../../protocol/index.ts';
import { edgeWindow } from '../../analysis/edge-window.ts';
import { windowFaults } from '../../analysis/window-faults.ts';
import type { AnalysisOptions } from '../options.ts';

/** The edges that a scan's energy axis covers and whose windows are their own. */
export function usableEdges(
  scan: Scan,
  { edges, background }: Pick<AnalysisOptions, 'edges' | 'background'>,
  on: {
    /** The window is doubtful, and used. */
    warning(edge: Edge, id: string, message: string): void;
    refused(edge: Edge, message: string): void;
  },
): Edge[] {
  return edges.filter((edge) => {
    try {
      edgeWindow(edge, scan.energy, scan.channels, background);
      if (background === 'none') return true;
      const { refused, warnings } = windowFaults(edge, edges);
      if (refused) throw new InputError(`edge ${edge.name}`, 'fit window', refused);
      for (const [n, text] of warnings.entries()) on.warning(edge, `window/${n}`, text);
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      on.refused(edge, error.message);
      return false;
    }
  });
}
