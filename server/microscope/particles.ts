import { RandomStream } from './random.ts';

/** A grain of the simulated specimen; lengths in nm of the reference field. */
export interface Particle {
  x: number;
  y: number;
  /** Height of the centre over the middle of the lamella. */
  z: number;
  core: 'Si' | 'SiO2' | 'SiC';
  radius: number;
  /** Half height over radius: grains are spheroids. */
  elongation: number;
  /** Thickness of the SiO2 shell all round, where there is no SiC. */
  oxide: number;
  /** Thickness of the SiC that has grown at part of the surface, in the direction and over the half angle given. */
  carbide: number;
  carbideDirection: number;
  carbideHalfAngle: number;
  /** Amplitude and phase of the outline's undulations, from two per turn on. */
  outline: [number, number][];
}

interface Recipe {
  core: Particle['core'];
  radius: number;
  oxide?: number;
  carbide?: number;
  carbideHalfAngle?: number;
  /** Grows on the surface of an earlier particle, given by its index. */
  on?: number;
}

/**
 * What every specimen holds, largest first; even entries begin in the upper half of the field, odd ones in the lower,
 * so that half a scan already meets every phase.
 */
const RECIPES: readonly Recipe[] = [
  { core: 'Si', radius: 41, oxide: 8 },
  { core: 'Si', radius: 35, oxide: 3, carbide: 11, carbideHalfAngle: 1.5 },
  { core: 'Si', radius: 29, oxide: 3, carbide: 11, carbideHalfAngle: 1.7 },
  { core: 'Si', radius: 26, oxide: 9 },
  { core: 'Si', radius: 21, oxide: 5 },
  { core: 'Si', radius: 18, oxide: 6 },
  { core: 'SiO2', radius: 18 },
  { core: 'SiO2', radius: 17 },
  { core: 'SiC', radius: 18, on: 0 },
  { core: 'SiC', radius: 17, on: 1 },
];

/** Outer radius in the direction `angle`, and the shells below it. */
export interface Outline {
  core: number;
  carbide: number;
  oxide: number;
}

export function outlineAt(particle: Particle, angle: number): Outline {
  let undulation = 1;
  particle.outline.forEach(([amplitude, phase], i) => {
    undulation += amplitude * Math.cos((i + 2) * angle + phase);
  });
  const away = Math.abs(
    Math.atan2(Math.sin(angle - particle.carbideDirection), Math.cos(angle - particle.carbideDirection)),
  );
  const covered = particle.carbide > 0 ? 1 / (1 + Math.exp((away - particle.carbideHalfAngle) / 0.12)) : 0;
  const core = particle.radius * undulation;
  const carbide = core + particle.carbide * covered;
  return { core, carbide, oxide: carbide + particle.oxide * (1 - covered) };
}

/** The largest distance from its centre that a particle reaches. */
export const reachOf = (particle: Particle): number =>
  particle.radius * (1 + particle.outline.reduce((sum, [amplitude]) => sum + amplitude, 0)) +
  Math.max(particle.oxide, particle.carbide);

/**
 * Places the grains in a field of width × height nm, largest first, each where it keeps the greatest of a few dozen
 * random candidates' distances to the others and to the field's border.
 */
export function placeParticles(seed: number, width: number, height: number): Particle[] {
  const random = new RandomStream(seed, 0, 1);
  const particles: Particle[] = [];
  RECIPES.forEach((recipe, index) => {
    const particle: Particle = {
      x: 0,
      y: 0,
      z: random.between(-5, 5),
      core: recipe.core,
      radius: recipe.radius * random.between(0.93, 1.07),
      elongation: recipe.core === 'Si' ? random.between(1.1, 1.4) : 2.2,
      oxide: recipe.oxide ?? 0,
      carbide: recipe.carbide ?? 0,
      carbideDirection: random.between(-Math.PI, Math.PI),
      carbideHalfAngle: recipe.carbideHalfAngle ?? 0,
      outline: [2, 3, 4, 5].map((order) => [
        random.between(0.2, 1) * (recipe.core === 'Si' ? 0.045 : 0.11) * (2 / order),
        random.between(0, 2 * Math.PI),
      ]),
    };
    const reach = reachOf(particle);
    let best = Number.NEGATIVE_INFINITY;
    for (let candidate = 0; candidate < 60; candidate++) {
      const host = recipe.on === undefined ? undefined : particles[recipe.on];
      const angle = random.between(-Math.PI, Math.PI);
      const across = random.uniform();
      const down = random.uniform();
      const x = host ? host.x + Math.cos(angle) * (host.radius + 0.75 * particle.radius) : across * width;
      const y = host
        ? host.y + Math.sin(angle) * (host.radius + 0.75 * particle.radius)
        : ((index % 2) + down) * 0.5 * height;
      let room = Math.min(x, width - x, y, height - y) - 0.8 * reach;
      for (const other of particles)
        if (other !== host)
          room = Math.min(room, Math.hypot(x - other.x, y - other.y) - reachOf(other) - reach);
      // A little crowding looks natural; beyond it, room is worth no more.
      room = Math.min(room, 6) + random.between(0, 2);
      if (room > best) {
        best = room;
        particle.x = x;
        particle.y = y;
      }
    }
    particles.push(particle);
  });
  return particles;
}
