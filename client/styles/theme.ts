import { parseColour } from '../../protocol/colormaps.ts';
import type { Rgb } from '../../protocol/index.ts';
import type { ThemeName } from '../model/view-state.ts';

/** All colours of the page's controls; colours of data come from color/. Text on ground has a contrast of 4.5:1 or more. */
export interface Theme {
  ground: string;
  raised: string;
  hairline: string;
  text: string;
  strong: string;
  muted: string;
  accent: string;
  /** Pixels whose edge is absent: a shade apart from the ground. */
  absent: string;
  good: string;
  goodGround: string;
  warn: string;
  warnGround: string;
  bad: string;
  badGround: string;
  /** Fit and signal windows on the spectrum. */
  fitBand: string;
  signalBand: string;
  edgeName: string;
  spectrum: string;
  background: string;
  reconstruction: string;
  reliefLow: string;
  reliefHigh: string;
  marker: string;
  markerHalo: string;
  grid: string;
}

export const THEMES: Record<ThemeName, Theme> = {
  dark: {
    ground: '#0d1014',
    raised: '#151a20',
    hairline: '#222931',
    text: '#cfd6dd',
    strong: '#eef2f6',
    muted: '#87929d',
    accent: '#56b4e9',
    absent: '#303843',
    good: '#4fc98f',
    goodGround: '#10271c',
    warn: '#f0b429',
    warnGround: '#2b2210',
    bad: '#ff7b72',
    badGround: '#321716',
    fitBand: 'rgba(86, 180, 233, 0.13)',
    signalBand: 'rgba(230, 159, 0, 0.11)',
    edgeName: '#e69f00',
    spectrum: '#dfe6ec',
    background: '#56b4e9',
    reconstruction: '#ff9d5c',
    reliefLow: '#15171b',
    reliefHigh: '#b9bec6',
    marker: '#ffffff',
    markerHalo: 'rgba(0, 0, 0, 0.75)',
    grid: 'rgba(255, 255, 255, 0.05)',
  },
  light: {
    ground: '#fbfcfd',
    raised: '#f0f2f5',
    hairline: '#d9dee3',
    text: '#2a323a',
    strong: '#0f151b',
    muted: '#5c6873',
    accent: '#0072b2',
    absent: '#c9ced5',
    good: '#0b6b43',
    goodGround: '#dcf3e7',
    warn: '#7d5700',
    warnGround: '#fbeecb',
    bad: '#b3261e',
    badGround: '#fde4e1',
    fitBand: 'rgba(0, 114, 178, 0.10)',
    signalBand: 'rgba(213, 140, 0, 0.13)',
    edgeName: '#8a5a00',
    spectrum: '#1b232b',
    background: '#0072b2',
    reconstruction: '#c2410c',
    reliefLow: '#5d646c',
    reliefHigh: '#f1f3f5',
    marker: '#ffffff',
    markerHalo: 'rgba(0, 0, 0, 0.85)',
    grid: 'rgba(0, 0, 0, 0.06)',
  },
};

/** `goodGround` → `--good-ground`. */
const property = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Sets the theme's colours as custom properties. */
export function applyTheme(root: HTMLElement, name: ThemeName): void {
  for (const [key, value] of Object.entries(THEMES[name])) root.style.setProperty(property(key), value);
  root.style.setProperty('color-scheme', name);
}

export const rgbOf = (colour: string): Rgb => parseColour(colour);

/** 0–1, as shaders take it. */
export const unitRgb = (colour: string): [number, number, number] => {
  const [r, g, b] = parseColour(colour);
  return [r / 255, g / 255, b / 255];
};
