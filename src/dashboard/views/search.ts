// Search: records and calls of any time.
import { h, type VNode } from '../h.ts';
import type { ViewProps } from '../registry.ts';
import { t } from '../texts.ts';

export function View(_props: ViewProps): VNode {
  return h('h1', null, t('search.title'));
}
