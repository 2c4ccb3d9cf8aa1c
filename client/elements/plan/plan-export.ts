import { css, html } from 'lit';
import { base } from '../../styles/base.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** Files of the plan, as the monitor serves them, and what each is for. */
const FILES: readonly { path: string; file: string; holds: string }[] = [
  { path: 'api/plan', file: 'plan.json', holds: 'everything' },
  { path: 'api/plan/export/regions.csv', file: 'CSV', holds: 'regions, pixels and nm' },
  { path: 'api/plan/export/points.csv', file: 'points', holds: 'pixel by pixel' },
  { path: 'api/plan/export/mask.png', file: 'mask PNG', holds: 'to look at' },
  { path: 'api/plan/export/mask.npy', file: 'mask npy', holds: 'for programs' },
  { path: 'api/plan/export/nion.json', file: 'Nion Swift', holds: 'sub-scans' },
  { path: 'api/plan/export/gatan.txt', file: 'Gatan', holds: 'list for a script' },
];

/** Downloads of the plan as the monitor has it: proposed, or accepted. */
export class PlanExport extends DashboardElement {
  static override styles = [
    base,
    css`
      .links {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 10px;
      }
      a {
        color: var(--text);
        text-decoration: underline;
        text-decoration-color: var(--hairline);
        text-underline-offset: 3px;
        white-space: nowrap;
      }
      a:hover {
        color: var(--strong);
      }
      a:focus-visible {
        outline: 1px solid var(--accent);
        outline-offset: 2px;
      }
    `,
  ];

  override render() {
    const { plan } = this.dashboard;
    const which = plan.plan.value?.status === 'accepted' ? 'as accepted' : 'as proposed';
    return html`<div class="links">
      <span class="context">Export${plan.edits.isEdited.value ? ` ${which}` : ''}</span>
      ${FILES.map(({ path, file, holds }) => html`<a href=${path} download=${path === 'api/plan' ? 'plan.json' : ''} title="${holds}, ${which}">${file}</a>`)}
    </div>`;
  }
}

customElements.define('ew-plan-export', PlanExport);
