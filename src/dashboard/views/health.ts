// Health: whether every way in works, whether every record is here, and what to do where it is not.
import { useState } from 'preact/hooks';
import type { ComponentChildren } from '../h.ts';
import { h, type VNode } from '../h.ts';
import { Calendar } from '../health/calendar.ts';
import { Findings } from '../health/findings.ts';
import { Rejects } from '../health/rejects.ts';
import { Sources } from '../health/sources.ts';
import { readBy, type Rules } from '../leftout.ts';
import { useLines } from '../parts/banner.ts';
import { LeftOutLine } from '../parts/leftout.ts';
import { ZonePicker } from '../parts/zonepicker.ts';
import type { ViewProps } from '../registry.ts';
import { isAdmin } from '../session.ts';
import { t } from '../texts.ts';
import { useViewZone } from '../viewzone.ts';
import { isZone } from '../zone.ts';

const rules: Rules = { zone: isZone };

export function View({ desk, given: address }: ViewProps): VNode {
  const { zone } = useViewZone('health', address['zone']);
  const { leftOut } = readBy(rules, address);
  const { report, away } = useLines(desk);
  const standing = [report?.store.state, ...away].join(' ');
  const [now, setNow] = useState(() => Date.now() + desk.offsetMs);
  // What was done with rejects is another count of their days.
  const [changes, setChanges] = useState(0);
  const again = () => setNow(Date.now() + desk.offsetMs);
  const { requests, who } = desk;
  const isUnbound = who.companies === null && who.extensions === null;
  const mayMend = isAdmin(who);
  return h(
    'section',
    { class: 'view sheets' },
    h('h1', { class: 'unseen' }, t('nav.health')),
    h(
      'div',
      { class: 'tools' },
      h(
        'form',
        { class: 'criteria', 'aria-label': t('app.zone'), onSubmit: (event: Event) => event.preventDefault() },
        h(ZonePicker, null),
      ),
      h('button', { type: 'button', onClick: again }, t('health.again')),
      h(LeftOutLine, { leftOut, labelOf: (name) => (name === 'zone' ? t('app.zone') : name) }),
    ),
    h(
      'div',
      { class: 'body' },
      h(
        'div',
        { class: 'plots' },
        sheet('sources', t('health.sources'), 'wide', h(Sources, { report, zone })),
        sheet(
          'days',
          t('health.days'),
          '',
          isUnbound ? h(Calendar, { requests, zone, now, changes }) : h('p', null, t('health.unbound')),
        ),
        sheet(
          'doctor',
          t('doctor.title'),
          '',
          mayMend
            ? h(Findings, { requests, now, standing, zone, offsetMs: desk.offsetMs })
            : h('p', null, t('health.admin')),
        ),
        sheet(
          'rejects',
          t('rejects.title'),
          'wide',
          mayMend
            ? h(Rejects, { requests, zone, now, onChanged: () => setChanges((count) => count + 1) })
            : h('p', null, t('health.admin')),
        ),
      ),
    ),
  );
}

function sheet(name: string, title: string, more: string, children: ComponentChildren): VNode {
  return h(
    'section',
    { class: `plot ${more}`, 'data-sheet': name, 'aria-label': title },
    h('h2', null, title),
    children,
  );
}
