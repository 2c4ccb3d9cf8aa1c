import { UniformGroup } from 'pixi.js';
import type { Domain } from '../../protocol/domain.ts';
import { SHADE_OVER_RELIEF } from '../color/class-colours.ts';

/** A class with less probability than the others together is hatched. */
export const DOUBTFUL = 0.5;
export const NEVER = 1e30;

/** A domain as the shader takes it: low, 1 / (high − low). */
export const inverse = ([low, high]: Domain): [number, number] => [low, 1 / Math.max(high - low, 1e-30)];

/** Uniforms of the map shader (`shaders.ts`). */
export const mapUniforms = () =>
  new UniformGroup({
    uTarget: { value: new Float32Array(4), type: 'vec4<f32>' },
    uSource: { value: new Float32Array(4), type: 'vec4<f32>' },
    uCanvas: { value: new Float32Array(2), type: 'vec2<f32>' },
    uDomain: { value: new Float32Array(2), type: 'vec2<f32>' },
    uReliefDomain: { value: new Float32Array(2), type: 'vec2<f32>' },
    uGround: { value: new Float32Array(3), type: 'vec3<f32>' },
    uReliefLow: { value: new Float32Array(3), type: 'vec3<f32>' },
    uReliefHigh: { value: new Float32Array(3), type: 'vec3<f32>' },
    uOver: { value: 0, type: 'f32' },
    uShade: { value: SHADE_OVER_RELIEF, type: 'f32' },
    uOutline: { value: new Float32Array(2), type: 'vec2<f32>' },
    uDim: { value: 0, type: 'f32' },
    uOfEdge: { value: 0, type: 'f32' },
    uAbsent: { value: new Float32Array(3), type: 'vec3<f32>' },
    uDoubtful: { value: NEVER, type: 'f32' },
  });
