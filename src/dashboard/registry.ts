// The views there are, in the order of the navigation. A new one: its file in views/, its texts in texts/, a line here.
import type { ComponentType } from './h.ts';
import type { Desk } from './desk.ts';
import type { TextKey } from './texts.ts';

export interface ViewProps {
  desk: Desk;
  /** What the URL says of it. */
  given: Readonly<Record<string, string>>;
}

export interface ViewEntry {
  name: string;
  title: TextKey;
  /** Loaded when it is first opened. */
  load(): Promise<{ View: ComponentType<ViewProps> }>;
}

export const views: readonly ViewEntry[] = [
  { name: 'live', title: 'nav.live', load: () => import('./views/live.ts') },
  { name: 'overview', title: 'nav.overview', load: () => import('./views/overview.ts') },
  { name: 'search', title: 'nav.search', load: () => import('./views/search.ts') },
  { name: 'health', title: 'nav.health', load: () => import('./views/health.ts') },
];
