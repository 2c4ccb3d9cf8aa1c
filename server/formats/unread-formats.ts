const DM4_OR_RIPPLE = 'in its own program export it as DM4, MSA or Ripple (.rpl + .raw)';

/** Formats of other programs that are not read, by suffix: what such a file is, and what to do with it instead. */
const UNREAD: Readonly<Record<string, readonly [what: string, advice: string]>> = {
  '.emi': ['the description of TIA series', 'open the .ser beside it'],
  '.hdr': ['the header of a Merlin acquisition', 'open the .mib beside it'],
  '.dm2': ['a DigitalMicrograph 2 file', 'in DigitalMicrograph save it as DM3 or DM4'],
  '.bcf': ['a Bruker X-ray map', 'only EELS is analysed'],
  '.blo': ['a diffraction scan', 'only EELS is analysed'],
  '.spd': ['an EDAX X-ray map', 'only EELS is analysed'],
  '.spc': ['an EDAX X-ray spectrum', 'only EELS is analysed'],
  '.tdx': ['an X-ray map', 'only EELS is analysed'],
  '.tia': ['a TIA file', DM4_OR_RIPPLE],
  '.raw4d': ['a four-dimensional scan', DM4_OR_RIPPLE],
  '.spe': ['a camera file', DM4_OR_RIPPLE],
  '.sif': ['an Andor camera file', DM4_OR_RIPPLE],
};

/**
 * What a file of another program is and what to do with it, for messages; undefined for suffixes that nobody expects to be read.
 * @param suffix in lower case with the dot
 */
export function unreadFormat(suffix: string): { what: string; advice: string } | undefined {
  if (!Object.hasOwn(UNREAD, suffix)) return undefined;
  const [what, advice] = UNREAD[suffix];
  return { what, advice };
}
