// What the reader has chosen and this browser keeps: colours, language, zone, columns. Nothing of it is secret, nothing leaves the browser.
import { useEffect, useState } from 'preact/hooks';

export interface Prefs {
  theme: 'auto' | 'light' | 'dark';
  lang: 'en' | 'de';
  /** IANA name. */
  zone: string;
  /** By the name of the list; absent: the usual ones. */
  columns: Readonly<Record<string, readonly string[]>>;
}

const key = 'cdrd';
const listeners = new Set<() => void>();

/** That of the browser, as far as it says one. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

function usual(): Prefs {
  const lang = navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en';
  return { theme: 'auto', lang, zone: ownZone(), columns: {} };
}

function read(): Prefs {
  try {
    return { ...usual(), ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Prefs>) };
  } catch {
    // Somebody else's text, or a browser that keeps nothing.
    return usual();
  }
}

let prefs = read();

export function currentPrefs(): Prefs {
  return prefs;
}

export function setPrefs(more: Partial<Prefs>): void {
  prefs = { ...prefs, ...more };
  try {
    localStorage.setItem(key, JSON.stringify(prefs));
  } catch {
    // A browser that keeps nothing: it holds as long as the page.
  }
  for (const listener of listeners) listener();
}

/** The choices of now; whoever uses them is drawn again when they change. */
export function usePrefs(): Prefs {
  const [, again] = useState(0);
  useEffect(() => {
    const listener = () => again((count) => count + 1);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return prefs;
}
