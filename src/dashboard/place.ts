// Where the reader is: the URL holds it, so that it can be shared and the back button works. `/?view=search&company=acme`.
import { useEffect, useState } from 'preact/hooks';

export type Given = Readonly<Record<string, string>>;

export interface Place {
  view: string;
  /** Everything but `view`. */
  given: Given;
}

const listeners = new Set<() => void>();

export function placeOf(search: string): Place {
  const { view = '', ...given } = Object.fromEntries(new URLSearchParams(search));
  return { view, given };
}

/** Empty values are left out. */
export function searchOf(view: string, given: Readonly<Record<string, string | undefined>> = {}): string {
  const named = Object.entries(given).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  return `?${new URLSearchParams([['view', view], ...named]).toString()}`;
}

/** What the URL says at this moment; who changes it adds to that, also when two things are done before a view is drawn again. */
export function givenNow(): Place['given'] {
  return placeOf(location.search).given;
}

/** `replace`: what is typed letter by letter is one step of the back button. */
export function go(view: string, given: Readonly<Record<string, string | undefined>> = {}, replace = false): void {
  const search = searchOf(view, given);
  if (search !== location.search) {
    if (replace) history.replaceState(null, '', search);
    else history.pushState(null, '', search);
  }
  for (const listener of listeners) listener();
}

addEventListener('popstate', () => {
  for (const listener of listeners) listener();
});

export function usePlace(): Place {
  const [, again] = useState(0);
  useEffect(() => {
    const listener = () => again((count) => count + 1);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return placeOf(location.search);
}
