// cdrd explain: the life of one record, or of all records of a uniqueid, in plain sentences.
import type { Command } from 'commander';
import type { Explanation } from '../cdr/explain.ts';
import { uniqueidMax } from '../cdr/fields.ts';
import { companyKey } from '../cdr/wall.ts';
import { ClientError } from '../errors.ts';
import type { Found } from '../store/proof.ts';
import type { Edge } from './edge.ts';
import { out, plain, printJson, timeText } from './print.ts';

export function addExplainCommand(program: Command, edge: Edge): void {
  program
    .command('explain')
    .description('tell the life of a record: who showed it when, how it was merged, who is believed, who edited it')
    .argument('<id|uniqueid>', 'the number of a record, or the uniqueid of its channel')
    .option('--system <name>', 'only its records: a uniqueid of two systems names two channels')
    .option('--json', 'print JSON')
    .action(async (what: string, options: { system?: string; json?: true }) => {
      if (what === '' || what.length > uniqueidMax) {
        throw new ClientError(400, `a uniqueid has 1 to ${uniqueidMax} characters, this has ${what.length}`);
      }
      const { config, log } = await edge.load(['completeness']);
      const { atDesk } = await import('./daemon.ts');
      const found = ofSystem(await atDesk(config, log, (desk) => desk.findOut(what), 'existing'), options.system);
      if (found.records.length === 0) process.exitCode = 1;
      if (options.json) return printJson(await toJson(found));
      const parts = found.records.map(textOf);
      out([...parts, ...absenceOf(what, found, options.system), ...rejectsOf(found)].join('\n\n'));
    });
}

function ofSystem(found: Found, system: string | undefined): Found {
  if (system === undefined) return found;
  const isOf = (one: { system: string }) => one.system === system;
  const rejects = found.rejects.filter(({ source }) => source.startsWith(`${system}/`));
  return { ...found, records: found.records.filter(isOf), rejects, taken: found.taken.filter(isOf) };
}

/** As GET /explain answers, and what is left of a record number that is gone. */
async function toJson({ records, rejects, taken, gone }: Found) {
  const { toNativeTaken, toRejectSeen } = await import('../http/dialects/native/explanation.ts');
  return { records, rejects: rejects.map(toRejectSeen), taken: taken.map(toNativeTaken), gone };
}

function textOf(told: Explanation): string {
  const { id, system, uniqueid, sequence, sights, contradictions, edits, changes } = told;
  const state = [told.hidden ? 'hidden' : '', told.edited ? 'edited' : ''].filter(Boolean).join(', ');
  const parts = [
    `Record ${id} of ${system}${state ? ` (${state})` : ''}`,
    `  uniqueid ${uniqueid}, ${sequence === null ? 'without a sequence' : `sequence ${sequence}`}; ${told.disposition}`,
    `  from ${second(told.start)} to ${told.end === null ? 'an unknown end' : second(told.end)}`,
    `Seen by ${sights.length} source${sights.length === 1 ? '' : 's'}`,
    ...sights.flatMap(sightLines),
    'Contradictions',
    ...(contradictions.length === 0 ? ['  none: its sources agree in all that they told'] : []),
    ...contradictions.flatMap(contradictionLines),
    'Derived',
    ...derivedLines(told),
    ...callLines(told),
    ...ruleLines(told),
    'Edits',
    ...(edits.length === 0 ? ['  none'] : []),
    ...edits.flatMap(({ at, by, changes: what }) => [`  ${second(at)}  ${by}`, ...Object.entries(what).map(editLine)]),
    'Changes, by their place in the sequence of all changes',
    ...changes.map(({ seq, op, at }) => `  ${String(seq).padEnd(10)}  ${op.padEnd(7)}  ${second(at)}`),
    ...(told.more ? ['  and more'] : []),
  ];
  return parts.map(plain).join('\n');
}

type Sight = Explanation['sights'][number];

function sightLines({ source, at, because, key, nth, told, effects, dropped }: Sight): string[] {
  const row = key === null ? (nth === null ? '' : `, number ${nth + 1} of equal rows`) : `, ${rowName(key)}`;
  const fields = told === null ? 'what it told was not kept' : `told ${told.join(' ')}`;
  return [
    `  ${at === null ? 'time not kept       ' : second(at)}  ${source}${row}`,
    `${indent}${because}`,
    ...wrapped(fields).map((line) => indent + line),
    ...(dropped > 0 ? [`${indent}did more before: ${dropped}, not kept`] : []),
    ...(effects ?? []).flatMap((effect) => effectLines(effect, at)),
  ];
}

function effectLines(effect: NonNullable<Sight['effects']>[number], first: string | null): string[] {
  const { at, field, way, because, before = null, said = null } = effect;
  const [old, now] = [before, said].map((word) => (word === null || word === '' ? 'nothing' : JSON.stringify(word)));
  const what = {
    kept: `stays ${old}, it says ${now}`,
    agreed: `${now}, it had said ${old}`,
    filled: String(now),
  }[way as string];
  const when = at === first ? '' : `${second(at)}  `;
  const lines = wrapped(`${when}${field}: ${what ?? `${old} became ${now}`}`);
  return [...lines, `  ${because}`].map((line) => indent + line);
}

const indent = ' '.repeat(24);
/** A line of a terminal, less the indent. */
const lineMax = 80 - indent.length;

function wrapped(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.pop()!;
    if (line !== '' && line.length + 1 + word.length > lineMax) lines.push(line, `  ${word}`);
    else lines.push(line === '' ? word : `${line} ${word}`);
  }
  return lines;
}

/** A key is EPOCH:ID; the epoch counts how often the table was made anew. */
function rowName(key: string): string {
  const [epoch, id] = key.split(':');
  return epoch === '0' ? `row ${id}` : `row ${id} of a table that was made anew`;
}

function contradictionLines({ field, believed, why, words }: Explanation['contradictions'][number]): string[] {
  const said = Object.entries(words ?? {}).map(([source, word]) => `${source} says ${JSON.stringify(word)}`);
  return [
    `  ${field}: ${said.join(', ')}`,
    `${' '.repeat(4)}${believed === null ? why : `believed is ${believed}: ${why}`}`,
  ];
}

function derivedLines({ derived: { raw, rules: _rules, ...seen }, in_call: said }: Explanation): string[] {
  return Object.entries(seen).map(([name, value]) => {
    const before = raw?.[name as keyof typeof seen];
    const isOfCall = value !== null && (name === 'company' || name === 'target') && said[name] !== undefined;
    if (isOfCall) return `  ${name.padEnd(15)}${value} (company of its call)`;
    const corrected = raw === undefined || before === value ? '' : ` (corrected; the rules say ${before ?? 'nothing'})`;
    return `  ${name.padEnd(15)}${value ?? '-'}${corrected}`;
  });
}

function callLines({ in_call: said }: Explanation): string[] {
  const others = Object.entries(said).filter(([name]) => name !== 'company' && name !== 'target');
  const lines = others.map(([name, value]) => `  ${name.padEnd(15)}${value}`);
  return lines.length === 0 ? [] : ['Said by the other records of its call', ...lines];
}

/** What the rules of now say; where that is not what is stored, the record is older than they are. */
function ruleLines({ derived: { raw, rules } }: Explanation): string[] {
  if (rules === undefined) return [];
  const lines = rules.flatMap(({ fact, value, rule, origin, from }) => {
    const values = Object.entries(from).filter(([, text]) => text !== null && text !== '');
    const told = values.map(([name, text]) => `${name}=${JSON.stringify(text)}`).join(' ');
    return [
      `  ${fact.padEnd(15)}${value}`,
      `${' '.repeat(17)}${rule} (${origin})`,
      ...wrapped(told === '' ? 'always' : told).map((line) => `${' '.repeat(17)}${line}`),
    ];
  });
  const said = new Map(rules.map(({ fact, value }) => [fact, alike(fact, value)]));
  const isOld = Object.entries(raw ?? {}).some(([fact, value]) => (said.get(fact) ?? null) !== alike(fact, value));
  const old = '  the record is older than these rules and says otherwise: "cdrd classify" applies them';
  return ['Rules of now, and what they looked at', ...lines, ...(isOld ? [old] : [])];
}

/** A company is known by its key; its spelling is the store's. */
function alike(fact: string, value: string | null): string | null {
  return value !== null && (fact === 'company' || fact === 'target') ? companyKey(value) : value;
}

function editLine([field, change]: [string, Explanation['edits'][number]['changes'][string]]): string {
  return `${indent}${field}: ${JSON.stringify(change.before)} became ${JSON.stringify(change.after)}`;
}

function absenceOf(what: string, { records, taken, gone }: Found, system?: string): string[] {
  if (records.length > 0) return [];
  const last = gone.at(-1);
  if (last?.op === 'deleted') {
    return [`Record ${what} was taken away by retention at ${second(last.at)}; nothing of it is kept but its number.`];
  }
  const known = taken.map(({ system, records: count, horizon }) => {
    const stones =
      count > 0
        ? `retention has taken ${count} of this uniqueid`
        : 'retention has taken none of this uniqueid by itself';
    const past = horizon === null ? '' : `; everything before ${timeText(horizon)} is taken away and not known by name`;
    return `  ${system}: ${stones}${past}`;
  });
  return [
    [`There is no record ${what}${system === undefined ? '' : ` of ${system}`}.`, ...known].map(plain).join('\n'),
  ];
}

function rejectsOf({ rejects }: Found): string[] {
  if (rejects.length === 0) return [];
  const lines = rejects.map(
    ({ id, source, reason, count, first, last }) =>
      `  ${id}  ${source}  ${count} times from ${timeText(first)} to ${timeText(last)}: ${reason}`,
  );
  return [['Rejects that name this uniqueid', ...lines].map(plain).join('\n')];
}

/** `2026-11-22 03:15:29Z` */
function second(iso: string): string {
  return iso.replace('T', ' ').replace(/(:\d\d)(?:\.\d+)?Z$/, '$1Z');
}
