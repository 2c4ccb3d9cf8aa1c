import { ComparePage } from './elements/comparison/compare-page.ts';
import { liveUrl } from './live-url.ts';
import { ComparisonView } from './model/comparison/comparison-view.ts';
import { Dashboard } from './model/dashboard.ts';
import { PictureStore } from './render/picture-store.ts';
import { SharedRenderer } from './render/shared-renderer.ts';
import { report } from './test-hook.ts';

const dashboard = new Dashboard(liveUrl(location));
dashboard.view.keepIn(localStorage);
const page = new ComparePage();
page.dashboard = dashboard;
page.comparison = new ComparisonView(dashboard);
document.body.prepend(page);
window.eelwatch = {
  state: () => report(dashboard, page.pictures),
  loseContext: () => page.pictures?.renderer.loseContext(),
};
void page.comparison.load(new URL('api/compare', location.href).href);
dashboard.connect();

try {
  page.pictures = new PictureStore(await SharedRenderer.create(), dashboard);
} catch (error) {
  // Figures and spectra work without the maps.
  dashboard.rendererProblem.value = error instanceof Error ? error.message : String(error);
}
