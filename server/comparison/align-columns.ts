const GAP = '  ';

/** Lines of cells in columns: the first column to the left, figures to the right. Rows may be shorter than others. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      // A last cell that is longer than its column is a remark, and reaches over the others.
      if (column === 0 || row.length === rows[0].length)
        widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(GAP)
      .trimEnd(),
  );
}
