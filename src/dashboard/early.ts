// Before anything is painted: the colours the reader has chosen, so that nothing flashes. A classic script; it imports nothing.
{
  const { theme } = JSON.parse(localStorage.getItem('cdrd') ?? '{}') as { theme?: string };
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
}
