import { AppShell } from './elements/app-shell.ts';
import { liveUrl } from './live-url.ts';
import { Dashboard } from './model/dashboard.ts';
import { PictureStore } from './render/picture-store.ts';
import { SharedRenderer } from './render/shared-renderer.ts';
import { report } from './test-hook.ts';

const dashboard = new Dashboard(liveUrl(location));
dashboard.view.keepIn(localStorage);
const app = new AppShell();
app.dashboard = dashboard;
document.body.prepend(app);
window.eelwatch = {
  state: () => report(dashboard, app.pictures),
  loseContext: () => app.pictures?.renderer.loseContext(),
};
dashboard.connect();

try {
  app.pictures = new PictureStore(await SharedRenderer.create(), dashboard);
} catch (error) {
  // Spectra, matrix and progress are of use without the maps.
  dashboard.rendererProblem.value = error instanceof Error ? error.message : String(error);
}
