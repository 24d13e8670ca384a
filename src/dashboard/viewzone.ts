// The zone of a view whose address says one: a shared address says whose days it speaks of, and the address follows what is chosen here.
import { useEffect, useRef } from 'preact/hooks';
import { givenNow, go } from './place.ts';
import { setPrefs, usePrefs } from './prefs.ts';
import { isZone } from './zone.ts';

/** `told`: the zone of the address. `isSettled`: not while address and choice differ for a moment, so that nobody is asked twice. */
export function useViewZone(view: string, told = ''): { zone: string; isSettled: boolean } {
  const { zone } = usePrefs();
  const isFirst = useRef(true);
  const isMeant = told !== '' && isZone(told);
  useEffect(() => {
    const wasFirst = isFirst.current;
    isFirst.current = false;
    if (told === zone) return;
    if (wasFirst && isMeant) setPrefs({ zone: told });
    // What is no zone stays where it can be read, until another one is chosen.
    else if (!wasFirst || told === '') go(view, { ...givenNow(), zone }, true);
  }, [zone]);
  return { zone, isSettled: !isMeant || told === zone };
}
