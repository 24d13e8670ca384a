// Which column is which in a file of cdr_custom: from --columns, or from the line of cdr_custom.conf that made it.
import { ClientError } from '../../errors.ts';
import { isFieldName } from './names.ts';

/** A column that is passed over. */
export const passed = '-';

/** The mapping of Asterisk's sample configuration, which most people have; the last one came with 1.8. */
export const sampleColumns = [
  ...['clid', 'src', 'dst', 'dcontext', 'channel', 'dstchannel', 'lastapp', 'lastdata', 'start', 'answer', 'end'],
  ...['duration', 'billsec', 'disposition', 'amaflags', 'accountcode', 'uniqueid', 'userfield', 'sequence'],
] as const;

/** `clid,src,-,start,…`; `-` passes a column over. @throws ClientError */
export function parseColumns(text: string): string[] {
  return checked(
    '--columns',
    text.split(',').map((name) => name.trim().toLowerCase() || passed),
  );
}

/**
 * A line of cdr_custom.conf: `[FILE =>] ${CSV_QUOTE(${CDR(clid)})},${CDR(start,u)},"literal",…`, or since Asterisk 23
 * `fields = clid,"literal",start(int64),ds_type(uservar)`. What is no value of the record is passed over. @throws ClientError
 */
export function parseMapping(text: string): string[] {
  const template = text.replace(/^[^"'${]*=>?\s*/, '').trim();
  return checked('--mapping', splitOutside(template).map(columnOf));
}

/** At commas outside of braces, parentheses and quotes. */
function splitOutside(text: string): string[] {
  const parts = [''];
  let depth = 0;
  let isQuoted = false;
  for (const letter of text) {
    if (letter === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /[({]/.test(letter)) depth++;
    else if (!isQuoted && /[)}]/.test(letter)) depth--;
    if (letter === ',' && depth === 0 && !isQuoted) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim());
}

function columnOf(part: string): string {
  const bare = part.replace(/^["']?\$\{CSV_QUOTE\((.*)\)\}["']?$/i, '$1').replace(/^["'](\$.*)["']$/, '$1');
  const [, name] =
    /^\$\{CDR\(\s*([^,)]+?)\s*(?:,[^)]*)?\)\}$/i.exec(bare) ?? /^([A-Za-z]\w*)(?:\([^)]*\))?$/.exec(bare) ?? [];
  return name?.toLowerCase() ?? passed;
}

function checked(flag: string, columns: string[]): string[] {
  const names = columns.filter((name) => name !== passed);
  const bad = names.find((name) => !isFieldName(name));
  if (bad !== undefined) throw new ClientError(400, `${flag}: "${bad}" is no name of a column`);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new ClientError(400, `${flag}: ${twice} comes twice`);
  for (const needed of [['uniqueid'], ['start', 'calldate'], ['duration'], ['disposition']]) {
    if (!needed.some((name) => names.includes(name))) {
      const found = names.length === 0 ? 'no column at all' : names.join(', ');
      throw new ClientError(400, `${flag}: there is no ${needed.join(' or ')} among ${found}; a record needs one`);
    }
  }
  return columns;
}
