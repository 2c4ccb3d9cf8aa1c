/** One quad over the visible part of the scan; the fragment shader looks its sample up by scan pixel. */
export const MAP_VERTEX = `#version 300 es
in vec2 aPosition;
uniform vec4 uTarget; // visible part in canvas pixels: x, y, width, height
uniform vec4 uSource; // the same part in scan pixels
uniform vec2 uCanvas; // size of the picture
out vec2 vPixel;

void main() {
  vPixel = uSource.xy + aPosition * uSource.zw;
  vec2 place = uTarget.xy + aPosition * uTarget.zw;
  gl_Position = vec4(place / uCanvas * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0);
}`;

/**
 * Sample → colour through a 256-entry table. Alpha of a table entry: 0 the ground shows, below 1 the relief shows where
 * there is one. Class maps over a relief are shaded by it and outlined fully; doubtful classes are hatched.
 */
export const MAP_FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler2D;
in vec2 vPixel;
uniform sampler2D uData;
uniform sampler2D uLut;
uniform sampler2D uMask;
uniform sampler2D uRelief;
uniform vec2 uDomain;       // low, 1 / (high - low)
uniform vec2 uReliefDomain;
uniform vec3 uGround;
uniform vec3 uReliefLow;
uniform vec3 uReliefHigh;
uniform float uOver;        // 1: over the relief
uniform float uShade;       // a class over the darkest relief, as a share of its colour
uniform vec2 uOutline;      // half width of an outline in scan pixels
uniform float uDim;         // 1: the mask dims
uniform sampler2D uLabels;  // of the map's edge
uniform float uOfEdge;      // 1: what has no sample may be absent
uniform vec3 uAbsent;
uniform sampler2D uDoubt;   // uncertainty of the classes
uniform float uDoubtful;    // from which on a class is hatched
out vec4 finalColor;

const float UNMEASURED = -1.0e30;
const float ABSENT = -1.0;
const float HATCHES = 2.0;  // of a pixel

vec4 entryAt(float value) {
  if (value < UNMEASURED) return vec4(0.0);
  float t = clamp((value - uDomain.x) * uDomain.y, 0.0, 1.0);
  return texelFetch(uLut, ivec2(int(t * 255.0 + 0.5), 0), 0);
}

float sampleAt(vec2 pixel, ivec2 last) {
  return texelFetch(uData, clamp(ivec2(floor(pixel)), ivec2(0), last), 0).r;
}

void main() {
  ivec2 last = textureSize(uData, 0) - 1;
  ivec2 pixel = clamp(ivec2(floor(vPixel)), ivec2(0), last);
  float value = texelFetch(uData, pixel, 0).r;
  vec4 entry = entryAt(value);
  vec3 ground = uGround;
  vec3 paint = entry.rgb;
  float opacity = entry.a > 0.0 ? 1.0 : 0.0;
  if (uOver > 0.5) {
    float relief = texelFetch(uRelief, pixel, 0).r;
    if (relief >= UNMEASURED) {
      float t = clamp((relief - uReliefDomain.x) * uReliefDomain.y, 0.0, 1.0);
      ground = mix(uReliefLow, uReliefHigh, t);
      bool present = entry.a > 0.998;
      bool border = sampleAt(vPixel + vec2(uOutline.x, 0.0), last) != value
        || sampleAt(vPixel - vec2(uOutline.x, 0.0), last) != value
        || sampleAt(vPixel + vec2(0.0, uOutline.y), last) != value
        || sampleAt(vPixel - vec2(0.0, uOutline.y), last) != value;
      opacity = present ? 1.0 : 0.0;
      paint *= border ? 1.0 : mix(uShade, 1.0, t);
    }
  }
  if (value < UNMEASURED && uOfEdge > 0.5 && texelFetch(uLabels, pixel, 0).r == ABSENT) {
    paint = uAbsent;
    opacity = 1.0;
  }
  if (texelFetch(uDoubt, pixel, 0).r > uDoubtful && entry.a > 0.998 && fract((vPixel.x + vPixel.y) * HATCHES + 0.25) < 0.5)
    opacity *= 0.35;
  vec3 color = mix(ground, paint, opacity);
  if (uDim > 0.5 && texelFetch(uMask, pixel, 0).r < 0.5) {
    float grey = dot(color, vec3(0.30, 0.59, 0.11));
    color = mix(uGround, mix(vec3(grey), color, 0.35), 0.22);
  }
  finalColor = vec4(color, 1.0);
}`;

/** One point per pixel; its place and class are looked up in the textures that the maps use too. */
export const POINT_VERTEX = `#version 300 es
precision highp float;
precision highp sampler2D;
in float aColumn;         // an instance is a row
uniform sampler2D uPoints;
uniform sampler2D uLabels;
uniform sampler2D uMask;
uniform sampler2D uLut;
uniform vec3 uRowX;      // rows of the affine map that orients the plane
uniform vec3 uRowY;
uniform vec3 uPlacement; // scale, left, top in canvas pixels
uniform vec2 uCanvas;
uniform float uSize;
uniform float uFirstRow;
uniform float uPass;     // 0: all, 1: the dimmed ones, 2: the kept ones
uniform vec3 uGround;
out vec4 vColor;

void main() {
  ivec2 pixel = ivec2(int(aColumn + 0.5), gl_InstanceID + int(uFirstRow + 0.5));
  vec2 point = texelFetch(uPoints, pixel, 0).rg;
  float label = texelFetch(uLabels, pixel, 0).r;
  bool kept = texelFetch(uMask, pixel, 0).r > 0.5;
  bool shown = point.x > -1.0e30 && label >= 0.0 && (uPass < 0.5 || (uPass > 1.5) == kept);
  vec3 homogeneous = vec3(point, 1.0);
  vec2 world = vec2(dot(uRowX, homogeneous), -dot(uRowY, homogeneous));
  vec2 place = uPlacement.x * world + uPlacement.yz;
  gl_Position = shown
    ? vec4(place / uCanvas * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0)
    : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = uSize;
  vec3 color = texelFetch(uLut, ivec2(int(label + 2.5), 0), 0).rgb;
  bool dimmed = uPass > 0.5 && uPass < 1.5;
  vColor = dimmed ? vec4(mix(uGround, color, 0.28), 1.0) : vec4(color, 1.0);
}`;

export const POINT_FRAGMENT = `#version 300 es
precision highp float;
in vec4 vColor;
uniform float uSize;
out vec4 finalColor;

void main() {
  vec2 offset = gl_PointCoord - 0.5;
  if (uSize > 2.5 && dot(offset, offset) > 0.25) discard;
  finalColor = vColor;
}`;

/** Ground of the embedding: each place takes a tint of the class whose centroid is nearest (k-means' cells). */
export const CELL_FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler2D;
in vec2 vPixel;
uniform sampler2D uCentroids; // x, y, class + 2, kept
uniform sampler2D uLut;
uniform float uCount;
uniform float uTint;
uniform vec3 uGround;
out vec4 finalColor;

void main() {
  float nearest = 1.0e30;
  vec4 cell = vec4(0.0);
  int count = int(uCount + 0.5);
  for (int i = 0; i < 256; i++) {
    if (i >= count) break;
    vec4 candidate = texelFetch(uCentroids, ivec2(i, 0), 0);
    vec2 away = candidate.xy - vPixel;
    float far = dot(away, away);
    if (far < nearest) {
      nearest = far;
      cell = candidate;
    }
  }
  vec3 color = count == 0 ? uGround : texelFetch(uLut, ivec2(int(cell.z + 0.5), 0), 0).rgb;
  finalColor = vec4(mix(uGround, color, uTint * (0.25 + 0.75 * cell.w)), 1.0);
}`;
