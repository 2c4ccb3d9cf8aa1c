import type { ComparisonView } from '../../model/comparison/comparison-view.ts';
import { DashboardElement } from '../dashboard-element.ts';

/** A part of the page that compares two analyses. */
export abstract class CompareElement extends DashboardElement {
  static override properties = {
    ...DashboardElement.properties,
    comparison: { attribute: false },
  };
  declare comparison: ComparisonView;
}

/** Under which name the state of an edge is known on a side. */
export const edgeOfSide = (edge: string, side: 'A' | 'B'): string => `${edge}.${side}`;
