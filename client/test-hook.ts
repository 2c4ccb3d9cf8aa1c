import { labelOf } from './color/class-colours.ts';
import type { Dashboard } from './model/dashboard.ts';
import type { PictureStore } from './render/picture-store.ts';

/** State that automated tests can read; it cannot change the scan. */
export interface DashboardReport {
  sessionId: string | undefined;
  epoch: number | undefined;
  scan: string | undefined;
  shape: readonly [number, number] | undefined;
  connection: string;
  status: string | undefined;
  spectra: number;
  total: number;
  paused: boolean;
  hero: string | undefined;
  edge: string | undefined;
  hoverPixel: number | undefined;
  pinnedPixel: number | undefined;
  /** Pixel whose spectrum is held. */
  spectrumPixel: number | undefined;
  selectedClasses: { edge: string; label: number }[];
  revisionByEdge: Record<string, number>;
  classesByEdge: Record<string, number>;
  /** Pixels that hold a sample, by name of the layer. */
  layersMeasured: Record<string, number>;
  /** Those of them that its newest picture shows. */
  layersDrawn: Record<string, number>;
  layerRevisions: Record<string, number>;
  alerts: string[];
  /** Pictures drawn since the page was opened. */
  draws: number;
  /** Everything received is on the screen. */
  idle: boolean;
}

export interface TestHook {
  state(): DashboardReport;
  /** Loses the WebGL context for a moment, as a driver may do. */
  loseContext(): void;
}

declare global {
  interface Window {
    eelwatch?: TestHook;
  }
}

const entries = <T>(pairs: Iterable<readonly [string, T]>): Record<string, T> => Object.fromEntries(pairs);

export function report(dashboard: Dashboard, pictures: PictureStore | undefined): DashboardReport {
  const { model, selection } = dashboard;
  const scan = model.scan.peek();
  const progress = model.newestProgress.peek()?.message;
  const edges = [...model.edges.peek().values()];
  const planes = [...model.planes.peek().values()];
  return {
    sessionId: model.hello.peek()?.sessionId,
    epoch: scan?.epoch,
    scan: scan?.scan.name,
    shape: scan?.scan.shape,
    connection: model.connection.peek().phase,
    status: progress?.status,
    spectra: progress?.spectra ?? 0,
    total: progress?.total ?? 0,
    paused: model.paused.peek(),
    hero: dashboard.shown.hero.peek()?.name,
    edge: dashboard.shown.edge.peek(),
    hoverPixel: selection.hoverPixel.peek(),
    pinnedPixel: selection.pinnedPixel.peek(),
    spectrumPixel: model.pixelSpectrum.peek()?.pixel,
    selectedClasses: selection.selectedFocus.peek().flatMap(({ edge, identity }) => {
      const label = labelOf(model.edges.peek().get(edge)?.classes ?? [], identity);
      return label === undefined ? [] : [{ edge, label }];
    }),
    revisionByEdge: entries(edges.map((state) => [state.name, state.revision])),
    classesByEdge: entries(edges.map((state) => [state.name, state.classes.length])),
    layersMeasured: entries(planes.map((plane) => [plane.layer.name, plane.measured])),
    layersDrawn: entries(planes.map((plane) => [plane.layer.name, plane.drawn])),
    layerRevisions: entries(planes.map((plane) => [plane.layer.name, plane.revision])),
    alerts: model.alerts.peek().map((alert) => alert.message),
    draws: pictures?.renderer.draws ?? 0,
    idle: pictures?.renderer.isIdle ?? false,
  };
}
