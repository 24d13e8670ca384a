// Colours of the plots, as overview.css names them; a canvas wants them as plain colours, so they are asked of the browser.
import { usePrefs } from '../prefs.ts';
import { useEffect, useState } from 'preact/hooks';

/** What a custom property is where this theme holds. */
export function colourOf(name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Changes whenever colours do. */
export function useTheme(): string {
  const { theme } = usePrefs();
  const [isDark, setDark] = useState(media().matches);
  useEffect(() => {
    const query = media();
    const onChange = () => setDark(query.matches);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, []);
  return `${theme} ${isDark}`;
}

function media(): MediaQueryList {
  return matchMedia('(prefers-color-scheme: dark)');
}
