import type { ExportContent } from '../exporting/exportable.ts';

/** What a thread is to write. */
export interface ExportTask {
  content: ExportContent;
  /** Of the file, without its suffix. */
  name: string;
  suffix: string;
  /** An empty folder of its own. */
  folder: string;
}

/** What it wrote, or why it did not. */
export type ExportReport = { path: string } | { error: string };
