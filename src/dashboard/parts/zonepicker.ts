// In which zone times are shown and asked for; the same everywhere on the page.
import { useState } from 'preact/hooks';
import { h, type VNode } from '../h.ts';
import { ownZone, setPrefs, usePrefs } from '../prefs.ts';
import { t } from '../texts.ts';
import { isZone } from '../zone.ts';

export function ZonePicker(): VNode {
  const { zone } = usePrefs();
  // Some four hundred: made when somebody is about to look at them.
  const [isWhole, setWhole] = useState(false);
  const all = isWhole ? Intl.supportedValuesOf('timeZone') : [];
  const names = [...new Set([zone, ownZone(), 'UTC', ...all])];
  const fill = () => setWhole(true);
  return h(
    'label',
    null,
    h('span', null, t('app.zone')),
    h(
      'select',
      {
        ...{ value: zone, onFocus: fill, onPointerEnter: fill, onTouchStart: fill },
        onChange: (event: Event) => {
          const { value } = event.target as HTMLSelectElement;
          if (isZone(value)) setPrefs({ zone: value });
        },
      },
      names.map((name) => h('option', { key: name, value: name, selected: name === zone }, name.replaceAll('_', ' '))),
    ),
  );
}
