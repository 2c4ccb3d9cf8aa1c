import { AppShell } from './elements/shell/app-shell.ts';
import { sinceTouch } from './interaction/last-touch.ts';
import { liveUrl } from './live-url.ts';
import { Dashboard } from './model/dashboard.ts';
import { PageAddress } from './model/recordings/page-address.ts';
import { followViewAddress } from './model/view-address.ts';
import { PictureStore } from './render/picture-store.ts';
import { SharedRenderer } from './render/shared-renderer.ts';
import { report } from './test-hook.ts';

const live = liveUrl(location);
const address = new PageAddress();
address.follow(window);
const dashboard = new Dashboard(live, { address, sinceTouch });
dashboard.view.keepIn(localStorage);
followViewAddress(dashboard, window);
const app = new AppShell();
app.dashboard = dashboard;
document.body.prepend(app);
window.eelwatch = {
  state: () => report(dashboard, app.pictures),
  loseContext: () => app.pictures?.renderer.loseContext(),
};
dashboard.connect();
void dashboard.sessions.load();

try {
  app.pictures = new PictureStore(await SharedRenderer.create(), dashboard);
} catch (error) {
  // Spectra, matrix and progress work without the maps.
  dashboard.rendererProblem.value = error instanceof Error ? error.message : String(error);
}
