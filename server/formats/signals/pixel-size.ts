const NM: Record<string, number> = {
  pm: 1e-3,
  Å: 0.1,
  nm: 1,
  um: 1e3,
  µm: 1e3,
  μm: 1e3,
  mm: 1e6,
  m: 1e9,
};

/** A pixel size in nm; undefined where the unit is no length, e.g. pixels or `<undefined>`. */
export function pixelSizeNm(size: number | undefined, units = 'nm'): number | undefined {
  const nm = (size ?? Number.NaN) * (NM[units.trim()] ?? Number.NaN);
  return nm > 0 && Number.isFinite(nm) ? nm : undefined;
}
