import { sentRectangle } from '../../protocol/index.ts';
import { encodeNpy } from '../formats/numpy/numpy.ts';
import { encodePng } from '../formats/png.ts';
import { gatanText } from './gatan.ts';
import { planMask } from './mask.ts';
import { nionText } from './nion.ts';
import type { ExportedPlan, PlannedScan } from './planned-scan.ts';
import { type PointOrder, pointsCsv } from './points.ts';
import { regionsCsv } from './regions-csv.ts';

export interface PlanFormatOptions {
  /** Of lists of points, default raster. */
  order?: PointOrder;
}

interface PlanFormat {
  /** It shows regions as maps do; the others say where the beam goes, which is elsewhere once the specimen has moved. */
  isMap?: true;
  contentType: string;
  write(
    plan: ExportedPlan,
    scan: PlannedScan,
    options: PlanFormatOptions,
  ): string | Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
}

const TEXT = 'text/plain; charset=utf-8';
const CSV = 'text/csv; charset=utf-8';

/** The files of a plan beside `plan.json`, by the ends of their names. README.md says what each holds. */
const FORMATS = {
  'nion.json': { contentType: 'application/json', write: nionText },
  'gatan.txt': { contentType: TEXT, write: gatanText },
  'regions.csv': { contentType: CSV, write: regionsCsv },
  'points.csv': {
    contentType: CSV,
    write: (plan, scan, { order }) => pointsCsv(plan, scan, order),
  },
  'mask.npy': {
    isMap: true,
    contentType: 'application/octet-stream',
    write: ({ regions }, { shape }) => encodeNpy(planMask(regions, shape), shape),
  },
  'mask.png': {
    isMap: true,
    contentType: 'image/png',
    write: ({ regions }, { shape }) =>
      encodePng(planMask(regions, shape), shape[1], shape[0], [
        [0, 0, 0, 255],
        [255, 255, 255, 255],
      ]),
  },
} satisfies Record<string, PlanFormat>;

export type PlanFormatName = keyof typeof FORMATS;
export const PLAN_FORMATS = Object.keys(FORMATS) as PlanFormatName[];

export const isPlanFormat = (name: string): name is PlanFormatName => Object.hasOwn(FORMATS, name);

/** The format that the name of a file asks for: the whole name, or its end behind a dot. */
export const planFormatOf = (file: string): PlanFormatName | undefined =>
  PLAN_FORMATS.find((name) => file === name || file.endsWith(`.${name}`));

export const contentTypeOf = (name: PlanFormatName): string => FORMATS[name].contentType;

/** With its regions where the specimen lies by now. */
const sentPlan = (plan: ExportedPlan, { shape }: PlannedScan): ExportedPlan => ({
  ...plan,
  regions: plan.regions.flatMap((region) => sentRectangle(region, plan.drift, shape) ?? []),
});

/** The content of a plan's file. */
export async function writePlan(
  name: PlanFormatName,
  plan: ExportedPlan,
  scan: PlannedScan,
  options: PlanFormatOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const format: PlanFormat = FORMATS[name];
  const sent = format.isMap ? plan : sentPlan(plan, scan);
  const content = await format.write(sent, scan, options);
  return typeof content === 'string' ? new Uint8Array(Buffer.from(content, 'utf8')) : content;
}
