import type { Scan } from '../../../protocol/index.ts';

/** What is known of an acquisition, one number each, in the units that their names say. */
export type AcquisitionField = 'beamKv' | 'convergenceMrad' | 'collectionMrad' | 'dwellSeconds';

export type Acquisition = Partial<Pick<Scan, AcquisitionField>>;

export interface FieldNames {
  /** Names in the order in which they are looked for; the first one is written. Dots separate groups. */
  names: readonly [string, ...string[]];
  /** Value in the file = ours × `factor`. */
  factor: number;
}

const as = (factor: number, ...names: [string, ...string[]]): FieldNames => ({ names, factor });

/** Formats that hold an acquisition's figures by name. */
export type NamedFormat = 'hyperspy' | 'ripple' | 'msa' | 'digitalMicrograph' | 'nion' | 'pantaRhei';

/**
 * What each format calls the fields of an acquisition: below `metadata` (HyperSpy, Nion), a key (Ripple, MSA, Panta Rhei), a tag below
 * `ImageTags` (DM).
 */
export const ACQUISITION: Record<AcquisitionField, Record<NamedFormat, FieldNames>> = {
  beamKv: {
    hyperspy: as(1, 'Acquisition_instrument.TEM.beam_energy'),
    ripple: as(1, 'beam-energy'),
    msa: as(1, 'BEAMKV'),
    digitalMicrograph: as(1000, 'Microscope Info.Voltage'),
    nion: as(
      1000,
      'instrument.high_tension',
      'hardware_source.autostem.high_tension_v',
      'hardware_source.autostem.high_tension',
    ),
    pantaRhei: as(1000, 'electron_gun.voltage'),
  },
  convergenceMrad: {
    hyperspy: as(1, 'Acquisition_instrument.TEM.convergence_angle'),
    ripple: as(1, 'convergence-angle'),
    msa: as(1, 'CONVANGLE'),
    digitalMicrograph: as(1, 'EELS.Experimental Conditions.Convergence semi-angle (mrad)'),
    nion: as(1e-3, 'instrument.convergence_angle', 'hardware_source.convergence_angle_rad'),
    pantaRhei: as(1e-3, 'condenser.convergence_semi_angle'),
  },
  collectionMrad: {
    hyperspy: as(1, 'Acquisition_instrument.TEM.Detector.EELS.collection_angle'),
    ripple: as(1, 'collection-angle'),
    msa: as(1, 'COLLANGLE'),
    digitalMicrograph: as(1, 'EELS.Experimental Conditions.Collection semi-angle (mrad)'),
    nion: as(1e-3, 'instrument.collection_angle', 'hardware_source.collection_angle_rad'),
    pantaRhei: as(1e-3, 'filter.collection_semi_angle'),
  },
  dwellSeconds: {
    hyperspy: as(
      1,
      'Acquisition_instrument.TEM.Detector.EELS.dwell_time',
      'Acquisition_instrument.TEM.Detector.EELS.exposure',
    ),
    ripple: as(1, 'dwell-seconds'),
    msa: as(1000, 'DWELLTIME', 'INTEGTIME'),
    digitalMicrograph: as(1, 'SI.Acquisition.Pixel time (s)', 'EELS.Acquisition.Exposure (s)'),
    nion: as(1, 'hardware_source.exposure'),
    pantaRhei: as(1, 'scan_generator.dwell_time'),
  },
};

export const ACQUISITION_FIELDS = Object.keys(ACQUISITION) as AcquisitionField[];

/** Where HyperSpy keeps the rest, below `metadata`. */
export const HYPERSPY = {
  title: 'General.title',
  originalFilename: 'General.original_filename',
  date: 'General.date',
  time: 'General.time',
  timeZone: 'General.time_zone',
  notes: 'General.notes',
  signalType: 'Signal.signal_type',
  quantity: 'Signal.quantity',
  /** Not HyperSpy's own: a group of ours, which it keeps. */
  simulated: 'eelwatch.simulated',
} as const;

/**
 * The acquisition as a format names it, in its units; what is not known is left out.
 * @returns [name, value] in the order of the table
 */
export function nameAcquisition(format: NamedFormat, acquisition: Acquisition): [string, number][] {
  return ACQUISITION_FIELDS.flatMap((field): [string, number][] => {
    const value = acquisition[field];
    if (value === undefined) return [];
    const { names, factor } = ACQUISITION[field][format];
    return [[names[0], value * factor]];
  });
}

/**
 * The acquisition from a format's own names.
 * @param valueNamed value by name; undefined (or not above 0, or not finite, as writers put where nothing is known) counts as missing
 */
export function readAcquisition(
  format: NamedFormat,
  valueNamed: (name: string) => number | undefined,
): Acquisition {
  const acquisition: Acquisition = {};
  for (const field of ACQUISITION_FIELDS) {
    const { names, factor } = ACQUISITION[field][format];
    const value = names
      .map(valueNamed)
      .find((found) => found !== undefined && found > 0 && Number.isFinite(found));
    if (value !== undefined) acquisition[field] = value / factor;
  }
  return acquisition;
}
