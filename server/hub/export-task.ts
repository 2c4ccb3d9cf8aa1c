import type { ExportContent } from '../exporting/exportable.ts';

/** The scan on show, or the folder of a recorded one. */
export type Exported = { content: ExportContent } | { session: string };

/** What a thread is to write. */
export interface ExportTask {
  exported: Exported;
  /** Of the file, without its suffix. */
  name: string;
  suffix: string;
  /** An empty folder of its own. */
  folder: string;
}

/** What it wrote, or why it did not. */
export type ExportReport = { path: string } | { error: string };
