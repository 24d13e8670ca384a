// What is wrong with the lines, said where nobody can miss it, and that it is over.
import { useEffect, useState } from 'preact/hooks';
import type { Desk } from '../desk.ts';
import { countText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import type { Lines } from '../live/watch.ts';
import { usePrefs } from '../prefs.ts';
import { t } from '../texts.ts';
import { clockText } from '../zone.ts';

export function useLines({ watch }: Desk): Lines {
  const [lines, setLines] = useState(watch.lines);
  useEffect(() => {
    const stop = watch.watch(() => setLines(watch.lines));
    setLines(watch.lines);
    return stop;
  }, [watch]);
  return lines;
}

export function Banner({ desk }: { desk: Desk }): VNode {
  const { zone } = usePrefs();
  const lines = useLines(desk);
  const told = toldOf(lines, zone);
  return h(
    'div',
    { class: 'banners', role: 'status', 'aria-live': 'polite' },
    told.map(({ kind, text }) => h('p', { key: kind, class: `banner ${kind}` }, text)),
  );
}

function toldOf({ cutAt, caught, isResynced, away }: Lines, zone: string): { kind: string; text: string }[] {
  const told = [];
  if (caught === 'now') told.push({ kind: 'wait', text: t('line.catchup') });
  else if (cutAt !== null) told.push({ kind: 'bad', text: t('line.daemon', { time: clockText(cutAt, zone) }) });
  else if (isResynced) told.push({ kind: 'wait', text: t('line.resync') });
  else if (caught !== null) told.push({ kind: 'good', text: t('line.caught', { count: countText(caught) }) });
  if (away.length > 0 && cutAt === null)
    told.push({ kind: 'bad away', text: t('line.asterisk', { systems: away.join(', ') }) });
  return told;
}
