// The life of a record in sentences: who saw it, where sources disagree, which rule gave what, who changed it.
import type { Explanation } from '../../http/dialects/native/explanation.ts';
import type { Desk } from '../desk.ts';
import { momentText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import { usePrefs } from '../prefs.ts';
import { t } from '../texts.ts';
import { Loaded } from './loaded.ts';

export function Explained({ desk, id }: { desk: Desk; id: number }): VNode {
  return h(Loaded<Explanation>, {
    ask: (signal) => desk.requests.ask('GET', `/api/v1/cdrs/${id}/explain`, { signal }),
    draw: (told) => h(Told, { told }),
  });
}

function Told({ told: { sights, contradictions, derived, edits } }: { told: Explanation }): VNode {
  const { zone } = usePrefs();
  const seen = sights.map(({ source, at, because, effects }) =>
    h(
      'li',
      { key: source },
      at === null
        ? t('record.sight.untimed', { source, because })
        : t('record.sight', { source, because, time: momentText(at, zone) }),
      (effects ?? []).length > 0
        ? h(
            'ul',
            null,
            effects!.map((effect, place) =>
              h('li', { key: place }, h('code', null, effect.field), ` ${effect.because}`, changeOf(effect)),
            ),
          )
        : null,
    ),
  );
  const disputed = contradictions.map(({ field, believed, why }) =>
    h('li', { key: field }, t('record.contradiction', { field, source: believed ?? t('call.nobody'), why })),
  );
  const rules = derived.rules?.map(({ fact, value, rule, origin, from }) =>
    h('li', { key: fact }, t('record.rule', { fact, value, rule, origin, from: fromText(from) })),
  );
  const changed = edits.map((edit, place) =>
    h(
      'li',
      { key: place },
      t('record.edit', { by: edit.by, time: momentText(edit.at, zone), fields: Object.keys(edit.changes).join(', ') }),
    ),
  );
  return h(
    'div',
    { class: 'explained' },
    part(t('record.sights'), seen),
    part(t('record.contradictions'), disputed),
    rules ? part(t('record.rules'), rules) : h('p', { class: 'quiet' }, t('record.rules.admin')),
    part(t('record.edits'), changed),
  );
}

function part(title: string, lines: VNode[]): VNode | null {
  return lines.length === 0 ? null : h('section', null, h('h4', null, title), h('ul', null, lines));
}

type Effect = NonNullable<Explanation['sights'][number]['effects']>[number];

function changeOf({ before, said }: Effect): string {
  if (said === undefined) return '';
  return `: ${before === undefined || before === null ? '–' : String(before)} → ${said === null ? '–' : String(said)}`;
}

function fromText(from: Readonly<Record<string, string | null>>): string {
  const named = Object.entries(from).map(([name, value]) => `${name} ${value === null ? '–' : `“${value}”`}`);
  return named.join(', ') || '–';
}
