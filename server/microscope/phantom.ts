import { type PixelGrid, partOf, pixelPoint } from '../analysis/scan/scan-geometry.ts';
import { blurred, blurredInside, cropped } from './blur.ts';
import { PHASES } from './cross-sections.ts';
import { outlineAt, type Particle, placeParticles, reachOf } from './particles.ts';
import { RandomStream } from './random.ts';
import { smoothNoise } from './smooth-noise.ts';

export interface PhantomOptions {
  /** [rows y, columns x] of the field. */
  shape: [number, number];
  seed: number;
  /** Default: such that the field has the area of the reference field, 256 × 256 nm. */
  pixelSizeNm?: number;
  /** Standard deviation of the probe in pixels of the field, default 0.6; 0 for none. */
  probeSigmaPixels?: number;
  /** The pixels to look at, in pixels of the field from its upper left corner; default those of the field. */
  grid?: PixelGrid;
}

/** A simulated specimen seen along the beam. */
export interface Phantom {
  shape: [number, number];
  pixelSizeNm: number;
  /** Projected thickness in nm, pixel after pixel in the order of PHASES. */
  thicknessNm: Float32Array;
}

const REFERENCE_NM = 256;
const SI = PHASES.indexOf('Si');
const SIO2 = PHASES.indexOf('SiO2');
const SIC = PHASES.indexOf('SiC');
const CARBON = PHASES.indexOf('a-C');

const smoothStep = (u: number): number => 1 / (1 + Math.exp(-u));

/**
 * A lamella cut from a battery anode: silicon particles with SiO2 shells and SiC grown at part of their surface, and
 * grains of SiO2 and SiC, in porous amorphous carbon with holes and one outer edge. The lamella's faces cut through
 * the larger particles, smaller ones lie inside it below carbon. The same seed gives the same specimen on any grid:
 * lateral sizes scale with the field, thicknesses do not.
 */
export function createPhantom(options: PhantomOptions): Phantom {
  const { shape, seed, pixelSizeNm, probeSigmaPixels = 0.6, grid } = options;
  const [rows, columns] = shape;
  const step = REFERENCE_NM / Math.sqrt(rows * columns);
  const width = columns * step;
  const particles = placeParticles(seed, width, rows * step);
  const lamella = createLamella(seed, width);
  const projectAll = (
    [height, length]: readonly [number, number],
    place: (row: number, column: number) => readonly [number, number],
  ): Float32Array => {
    const thickness = new Float32Array(height * length * PHASES.length);
    for (let row = 0; row < height; row++) {
      const [first, last] = [place(row, 0)[0], place(row, length - 1)[0]];
      const near = particles.filter(
        (particle) =>
          particle.y > Math.min(first, last) - reachOf(particle) &&
          particle.y < Math.max(first, last) + reachOf(particle),
      );
      for (let column = 0; column < length; column++) {
        const [y, x] = place(row, column);
        const at = (row * length + column) * PHASES.length;
        project(near, lamella, x, y, thickness.subarray(at, at + PHASES.length));
      }
    }
    return thickness;
  };
  if (!grid) {
    const thickness = projectAll(shape, (row, column) => [(row + 0.5) * step, (column + 0.5) * step]);
    return {
      shape,
      pixelSizeNm: pixelSizeNm ?? step,
      thicknessNm: blurred(thickness, shape, PHASES.length, probeSigmaPixels),
    };
  }
  // The probe reaches beyond the pixels that are looked at.
  const sigma = (probeSigmaPixels * grid.shape[1]) / grid.size[1];
  const margin = Math.ceil(4 * sigma);
  const wide: [number, number] = [grid.shape[0] + 2 * margin, grid.shape[1] + 2 * margin];
  const wideGrid = partOf(
    grid,
    {
      centre: [0.5, 0.5],
      size: [wide[0] / grid.shape[0], wide[1] / grid.shape[1]],
      rotationRad: 0,
    },
    wide,
  );
  const thickness = projectAll(wide, (row, column) => {
    const [y, x] = pixelPoint(wideGrid, [row, column]);
    return [y * step, x * step];
  });
  const isInside = (row: number, column: number) => {
    const [y, x] = pixelPoint(wideGrid, [row, column]);
    return y >= 0 && x >= 0 && y <= rows && x <= columns;
  };
  return {
    shape: [...grid.shape],
    pixelSizeNm: ((pixelSizeNm ?? step) * grid.size[1]) / grid.shape[1],
    thicknessNm: cropped(
      blurredInside(thickness, wide, PHASES.length, sigma, isInside),
      wide,
      grid.shape,
      margin,
      PHASES.length,
    ),
  };
}

interface Lamella {
  /** Distance of the two faces, nm. */
  thickness(x: number, y: number): number;
  /** Share of the room between the faces that carbon fills where there is no particle. */
  filling(x: number, y: number): number;
}

function createLamella(seed: number, width: number): Lamella {
  const random = new RandomStream(seed, 0, 2);
  const bending = smoothNoise(seed, 10, 90);
  const holes = smoothNoise(seed, 11, 34);
  const pores = smoothNoise(seed, 12, 9);
  const outline = smoothNoise(seed, 13, 40);
  const atRight = random.uniform() < 0.5;
  const wedge = random.between(-8, 8);
  return {
    thickness: (x, y) => Math.max(34, 56 + wedge * (y / REFERENCE_NM - 0.5) + 5 * bending(x, y)),
    filling: (x, y) => {
      const inside = (atRight ? width - x : x) - 20 - 7 * outline(0, y);
      const edge = inside > 0 ? 1 - Math.exp(-inside / 7) : 0;
      const open = 1 - smoothStep((holes(x, y) - 1.45) / 0.09);
      const porous = 1 - 0.38 * smoothStep((pores(x, y) - 0.5) / 0.35);
      return edge * open * porous;
    },
  };
}

/** Cuts the line of sight at every surface and gives each piece to the phase that lies there. */
function project(particles: Particle[], lamella: Lamella, x: number, y: number, out: Float32Array): void {
  const half = lamella.thickness(x, y) / 2;
  const spans: [from: number, to: number, phase: number, rank: number][] = [];
  const cuts = [-half, half];
  const span = (particle: Particle, radius: number, distance: number, phase: number, rank: number) => {
    if (distance >= radius) return;
    const reach = particle.elongation * Math.sqrt(radius * radius - distance * distance);
    const from = Math.max(-half, particle.z - reach);
    const to = Math.min(half, particle.z + reach);
    if (from >= to) return;
    spans.push([from, to, phase, rank]);
    cuts.push(from, to);
  };
  for (const particle of particles) {
    const dx = x - particle.x;
    const dy = y - particle.y;
    const distance = Math.hypot(dx, dy);
    if (distance >= reachOf(particle)) continue;
    const { core, carbide, oxide } = outlineAt(particle, Math.atan2(dy, dx));
    span(
      particle,
      core,
      distance,
      particle.core === 'Si' ? SI : particle.core === 'SiC' ? SIC : SIO2,
      particle.core === 'Si' ? 4 : 3,
    );
    span(particle, carbide, distance, SIC, 2);
    span(particle, oxide, distance, SIO2, 1);
  }
  const filling = lamella.filling(x, y);
  cuts.sort((a, b) => a - b);
  for (let i = 1; i < cuts.length; i++) {
    const middle = (cuts[i - 1] + cuts[i]) / 2;
    let phase = CARBON;
    let rank = 0;
    for (const [from, to, candidate, candidateRank] of spans)
      if (middle > from && middle < to && candidateRank > rank) {
        phase = candidate;
        rank = candidateRank;
      }
    out[phase] += (cuts[i] - cuts[i - 1]) * (phase === CARBON ? filling : 1);
  }
}
