// The few words of roff that our manual pages need (man(7)).

/** Text as it is, whatever it holds: nothing in it is a request, a font or a hyphen to break at. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('`', '\\(ga')
    .replaceAll('…', '...')
    .replaceAll('→', '\\(->')
    .replaceAll('–', '\\(en')
    .replace(/^([.'])/gm, '\\&$1');
}

/** @param date - `2026-11-22` */
export function titleLine(name: string, section: number, date: string, version: string): string {
  return `.TH ${roff(name.toUpperCase())} ${section} "${roff(date)}" "cdrd ${roff(version)}"`;
}

export function heading(text: string): string {
  return `.SH ${roff(text)}`;
}

export function subheading(text: string): string {
  return `.SS ${roff(text)}`;
}

/** A term with what is said of it, indented. */
export function item(term: string, ...paragraphs: readonly string[]): string[] {
  const said = paragraphs.filter((text) => text !== '').map(roff);
  return ['.TP', `.B "${roff(term).replaceAll('"', '\\(dq')}"`, said.length === 0 ? '\\&' : said.join('\n.br\n')];
}

/** Lines that stay as they are. */
export function verbatim(text: string): string[] {
  return ['.nf', roff(text), '.fi'];
}
