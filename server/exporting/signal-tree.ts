import type { ExportSignal, SignalAxis, Tree } from './signal.ts';

/** Version of HyperSpy's layout of signals: that of HyperSpy 1.7, which later ones read. */
export const FILE_VERSION = '3.1';

/** What HyperSpy stores with the samples of a signal, but for these: axes, metadata. `.hspy` and `.zspy` have the same. */
export function signalTree({ axes, metadata, original }: ExportSignal): Tree {
  const tree: Tree = {};
  axes.forEach((axis, index) => {
    tree[`axis-${index}`] = axisTree(axis, index);
  });
  return { ...tree, metadata, original_metadata: original };
}

const axisTree = (
  { name, size, offset, scale, units, navigate, binned }: SignalAxis,
  index: number,
): Tree => ({
  _type: 'UniformDataAxis',
  name,
  ...(units !== undefined && { units }),
  navigate,
  is_binned: binned ?? false,
  size,
  offset,
  scale,
  index_in_array: index,
});
