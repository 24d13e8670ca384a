// What stands at the head of a call, whether it goes on or is over: who with whom, and facts by their names.
import { h, type VNode } from '../h.ts';
import { t } from '../texts.ts';

export function Parties({ caller, called }: { caller: string | null; called: string | null }): VNode {
  return h(
    'p',
    { class: 'parties' },
    h('bdi', null, caller ?? '?'),
    h('span', { class: 'arrow', 'aria-hidden': 'true' }, ' → '),
    h('bdi', null, called ?? '?'),
  );
}

/** Those that are null are left out. */
export function Facts({ facts }: { facts: readonly (readonly [string, string | null])[] }): VNode {
  return h(
    'dl',
    { class: 'facts', 'aria-label': t('call.facts') },
    facts.map(([name, value]) =>
      value === null ? null : h('div', { key: name }, h('dt', null, name), h('dd', null, value)),
    ),
  );
}
