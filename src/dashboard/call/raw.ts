// A record field by field; to admins as its sources told it.
import type { Cdr } from '../../http/dialects/native/answers.ts';
import type { Desk } from '../desk.ts';
import { h, type VNode } from '../h.ts';
import { t } from '../texts.ts';
import { Loaded } from './loaded.ts';

export function Raw({ desk, cdr }: { desk: Desk; cdr: Cdr }): VNode {
  if (desk.who.scope !== 'admin') return h(Fields, { record: cdr });
  return h(Loaded<Cdr>, {
    ask: (signal) => desk.requests.ask('GET', `/api/v1/cdrs/${cdr.id}`, { query: { raw: 1 }, signal }),
    draw: (record) => h('div', null, h('p', { class: 'quiet' }, t('record.raw.told')), h(Fields, { record })),
  });
}

function Fields({ record }: { record: Cdr }): VNode {
  const told = Object.entries(record as Record<string, unknown>).filter(([, value]) => !isNothing(value));
  return h(
    'table',
    { class: 'fields' },
    h(
      'tbody',
      null,
      told.map(([name, value]) =>
        h(
          'tr',
          { key: name },
          h('th', { scope: 'row' }, name),
          h('td', null, typeof value === 'string' ? value : JSON.stringify(value)),
        ),
      ),
    ),
  );
}

function isNothing(value: unknown): boolean {
  return value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
}
