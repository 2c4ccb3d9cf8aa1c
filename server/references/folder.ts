import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { type Edge, InputError, KNOWN_EDGES, parseEdge } from '../../protocol/index.ts';
import type { ReferenceSpectrum } from '../analysis/references/reference-shape.ts';
import { inputFault } from '../formats/input-fault.ts';
import { MOST_MSA_BYTES, type MsaSpectrum, parseMsa } from '../formats/text/msa.ts';
import { readTextFileSync } from '../formats/text/text-file.ts';
import { alignedToTwin, netReference } from './net-reference.ts';
import { readTitle } from './title.ts';

export interface ReferenceFolder {
  references: ReferenceSpectrum[];
  /** Files that cannot serve, and why; a file that serves in part is not among them. */
  unusable: { file: string; reason: string }[];
  /** What was done to spectra beyond taking their background away. */
  notes: string[];
}

const SUFFIXES = ['.msa', '.emsa', '.ems', '.mas'];

/** What is longer says nothing of phase and edge at its end. */
const LONGEST_TITLE = 200;

interface ReferenceFile {
  file: string;
  phase: string;
  /** Edge of the file's name, where it names one that is known. */
  edge?: Edge;
  spectrum: MsaSpectrum;
}

/**
 * Reads every MSA file of a folder as a reference, its sub-folders and hidden files left out. The title or, without one, the file's name
 * tells phase and edge (`SiO2_Si_L3_…`); where it does not, the energy window decides: every known edge whose onset and
 * near-edge structure it covers. A spectrum whose axis begins at 0 although its edge lies elsewhere is put where it meets
 * another reference of the same phase and edge, or is unusable where there is none.
 * @param known references at hand to align to
 * @throws InputError when the folder cannot be read or holds no MSA file
 */
export function readReferenceFolder(
  folder: string,
  known: readonly ReferenceSpectrum[] = [],
): ReferenceFolder {
  const result: ReferenceFolder = { references: [], unusable: [], notes: [] };
  const lost: ReferenceFile[] = [];
  for (const name of msaFiles(folder)) {
    try {
      const file = readFile(join(folder, name));
      if (file.edge && file.spectrum.energy.offset === 0) lost.push(file);
      else for (const edge of edgesOf(file)) result.references.push(reference(file, edge, file.spectrum));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      result.unusable.push({ file: name, reason: error.message.slice(error.place.length + 2) });
    }
  }
  for (const file of lost) {
    const edge = file.edge as Edge;
    const twin = (one: ReferenceSpectrum) => one.phase === file.phase && one.edge === edge.name;
    const aligned =
      alignedToTwin(file.spectrum, result.references.filter(twin)) ??
      alignedToTwin(file.spectrum, known.filter(twin));
    if (!aligned) {
      const reason = 'OFFSET: 0 eV cannot be, and there is no other reference of this phase to align it to';
      result.unusable.push({ file: basename(file.file), reason });
      continue;
    }
    result.references.push(reference(file, edge, aligned.spectrum));
    result.notes.push(
      `${basename(file.file)}: axis moved by ${aligned.spectrum.energy.offset.toFixed(2)} eV to meet ${aligned.origin}`,
    );
  }
  return result;
}

function msaFiles(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter(
      (name) => SUFFIXES.includes(extname(name).toLowerCase()) && !/^(\.|~\$)/.test(name),
    );
  } catch (error) {
    throw inputFault(error, folder);
  }
  if (names.length === 0) throw new InputError(folder, 'references', `expected files ${SUFFIXES.join(', ')}`);
  // The order of the file system must not matter.
  return names.sort();
}

function readFile(file: string): ReferenceFile {
  const { title, ...spectrum } = parseMsa(readTextFileSync(file, MOST_MSA_BYTES), file);
  const { phase, edge, lowLoss } = readTitle(title?.slice(0, LONGEST_TITLE) || basename(file, extname(file)));
  if (lowLoss) throw new InputError(file, 'TITLE', 'expected a core loss, found a low loss');
  if (edge && !KNOWN_EDGES.includes(edge))
    throw new InputError(file, 'TITLE', `expected a known edge, found ${edge}`);
  return { file, phase, spectrum, ...(edge && { edge: parseEdge(edge) }) };
}

/** The edge of the name, else all whose onset lies well inside. */
function edgesOf({ file, edge, spectrum }: ReferenceFile): Edge[] {
  const { offset, dispersion } = spectrum.energy;
  const end = offset + dispersion * spectrum.values.length;
  const covers = ({ onsetEv }: Edge) => offset <= onsetEv && end >= onsetEv + 20;
  const found = (edge ? [edge] : KNOWN_EDGES.map(parseEdge)).filter(covers);
  if (found.length > 0) return found;
  const wanted = edge ? `${edge.name} from ${edge.onsetEv} to ${edge.onsetEv + 20} eV` : 'a known edge';
  const range = `${offset.toFixed(1)}–${end.toFixed(1)} eV`;
  throw new InputError(file, 'energies', `expected ${wanted}, found ${range}`);
}

function reference({ file, phase }: ReferenceFile, edge: Edge, spectrum: MsaSpectrum): ReferenceSpectrum {
  return {
    phase,
    edge: edge.name,
    onsetEv: edge.onsetEv,
    origin: basename(file),
    ...netReference(spectrum, edge, file),
  };
}
