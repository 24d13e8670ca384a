// What a rule sets: text with {group}, {table.column} and {field} in it. Where one of them is not known or empty, nothing is set.
import { factAt } from './facts.ts';
import { customNames, fieldNamed, fieldNames, type Get } from './run.ts';
import type { Finds } from './condition.ts';

export interface Template {
  make: Get;
  /** No braces: always the same text. */
  constant: string | null;
  /** The field or fact that it is and nothing else. */
  alone: string | null;
  /** Fields and facts it reads, by name. */
  reads: string[];
}

/** @returns the template, or what is wrong with it. @param asked - fields in the rule's `when`. */
export function templateOf(source: string, finds: Finds, asked: ReadonlySet<string>): Template | string {
  const parts = source.split(/\{([^{}]*)\}/);
  if (parts.some((part, at) => at % 2 === 0 && /[{}]/.test(part)))
    return `found ${JSON.stringify(source)}, expected every { to have its }`;
  if (parts.length === 1) return { make: () => source, constant: source, alone: null, reads: [] };
  const reads: string[] = [];
  const gets: Get[] = [];
  for (const [at, part] of parts.entries()) {
    if (at % 2 === 0) {
      if (part !== '') gets.push(() => part);
      continue;
    }
    const get = referenceOf(part, finds, asked, reads);
    if (typeof get === 'string') return get;
    gets.push(get);
  }
  const [only] = gets;
  if (gets.length === 1) {
    const name = parts[1]!;
    return { make: only!, constant: null, alone: reads[0] === name ? name : null, reads };
  }
  const make: Get = (run) => {
    let text = '';
    for (const get of gets) {
      const piece = get(run);
      if (piece === null || piece === '') return null;
      text += piece;
    }
    return text;
  };
  return { make, constant: null, alone: null, reads };
}

function referenceOf(name: string, finds: Finds, asked: ReadonlySet<string>, reads: string[]): Get | string {
  const group = finds.groups.get(name);
  if (group) {
    reads.push(group.field);
    const { at } = group;
    return () => at.groups?.[name] ?? null;
  }
  const [table, column] = name.split(/\.(.*)/s) as [string, string | undefined];
  const row = finds.rows.get(table);
  if (row && column !== undefined) {
    if (row.columns?.includes(column) === false)
      return `found {${name}}, expected a column of ${table}: one of ${row.columns.join(', ')}`;
    return () => row.at.row?.[column] ?? null;
  }
  const isField = factAt(name) !== undefined || fieldNames.includes(name) || customNames.includes(name);
  if (isField || asked.has(name) || /^(properties|userfield|custom)\../.test(name)) {
    reads.push(name);
    return fieldNamed(name).get;
  }
  const groups = [...finds.groups.keys()].map((one) => `{${one}}`).join(', ') || 'none';
  return (
    `found {${name}}, expected a named group of this rule's patterns (${groups}), a column of a table it looks into, ` +
    `a field or a fact; a column or variable of the PBX is {custom.${name || 'NAME'}}`
  );
}
