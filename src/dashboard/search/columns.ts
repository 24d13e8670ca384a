// The columns there are for calls and for records, and which of them are usual.
import type { Cdr } from '../../http/dialects/native/answers.ts';
import type { Call } from '../../http/dialects/native/callshape.ts';
import { momentText, spanText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import { Direction, Disposition, Outcome } from '../parts/status.ts';
import type { Column } from '../parts/windowed.ts';
import { word } from '../texts.ts';

type Cells<Row> = Record<
  string,
  readonly [width: string, cell: (row: Row, zone: string) => ReturnType<Column<Row>['cell']>]
>;

const wide = 'minmax(7rem, 1fr)';
const some = 'minmax(5.5rem, 0.8fr)';
const isNumber = new Set([
  'span',
  'ring_seconds',
  'talk_seconds',
  'queue_seconds',
  'hold_seconds',
  'billsec',
  'legs',
  'records',
  'id',
  'sequence',
  'time',
]);

const calls: Cells<Call> = {
  status: ['8.5rem', ({ outcome }) => h(Outcome, { outcome })],
  time: ['9.75rem', ({ start }, zone) => momentOf(start, zone)],
  span: ['4.5rem', ({ duration }) => spanText(duration)],
  direction: ['6.5rem', ({ direction }) => h(Direction, { direction })],
  caller: [wide, ({ caller }) => caller],
  called: [wide, ({ called }) => called],
  answered_by: [some, (call) => call.answered_by],
  company: [some, ({ companies }) => companies.join(', ')],
  extensions: [some, ({ extensions }) => extensions.join(', ')],
  ring_seconds: ['4rem', (call) => spanOrNothing(call.ring_seconds)],
  talk_seconds: ['4.5rem', (call) => spanText(call.talk_seconds)],
  queue_seconds: ['4.5rem', (call) => spanOrNothing(call.queue_seconds)],
  hold_seconds: ['4.5rem', (call) => spanOrNothing(call.hold_seconds)],
  trunks: [some, ({ trunks }) => trunks.join(', ')],
  transfers: [
    some,
    ({ transfers }) => transfers.map(({ kind, to }) => `${word('transfer', kind)} ${to ?? ''}`).join(', '),
  ],
  hangup_side: ['6rem', (call) => call.hangup_side],
  legs: ['3.5rem', (call) => call.legs],
  records: ['5rem', (call) => call.records],
  system: ['6rem', ({ system }) => system],
  id: ['5rem', ({ id }) => id],
};

const records: Cells<Cdr> = {
  status: ['8.5rem', ({ disposition }) => h(Disposition, { disposition })],
  time: ['9.75rem', ({ start }, zone) => momentOf(start, zone)],
  span: ['4.5rem', ({ duration }) => spanText(duration)],
  direction: ['6.5rem', ({ direction }) => h(Direction, { direction })],
  caller: [wide, ({ src }) => src],
  called: [wide, ({ dst }) => dst],
  company: [some, ({ company, target }) => [...new Set([company, target].filter((one) => one !== null))].join(', ')],
  extensions: [some, (cdr) => [cdr.extension, cdr.peer_extension].filter((one) => one !== null).join(', ')],
  billsec: ['4.5rem', ({ billsec }) => spanText(billsec)],
  clid: [wide, ({ clid }) => clid],
  lastapp: ['6rem', ({ lastapp }) => lastapp],
  lastdata: [wide, ({ lastdata }) => lastdata],
  channel: [wide, ({ channel }) => channel],
  dstchannel: [wide, ({ dstchannel }) => dstchannel],
  dcontext: [some, ({ dcontext }) => dcontext],
  accountcode: [some, ({ accountcode }) => accountcode],
  userfield: [some, ({ userfield }) => userfield],
  note: [wide, ({ note }) => note],
  tags: [some, ({ tags }) => tags.join(', ')],
  uniqueid: [some, ({ uniqueid }) => uniqueid],
  linkedid: [some, ({ linkedid }) => linkedid],
  sequence: ['5rem', ({ sequence }) => sequence],
  system: ['6rem', ({ system }) => system],
  id: ['5rem', ({ id }) => id],
};

export const usualColumns = {
  calls: ['status', 'time', 'span', 'direction', 'caller', 'called', 'answered_by', 'company', 'extensions'],
  records: ['status', 'time', 'span', 'direction', 'caller', 'called', 'company', 'lastapp', 'tags'],
} as const;

/** All there are, in their order. */
export const columnNames = { calls: Object.keys(calls), records: Object.keys(records) };

export function callColumns(chosen: readonly string[], zone: string): Column<Call>[] {
  return columnsOf(calls, chosen, zone);
}

export function recordColumns(chosen: readonly string[], zone: string): Column<Cdr>[] {
  return columnsOf(records, chosen, zone);
}

function columnsOf<Row>(cells: Cells<Row>, chosen: readonly string[], zone: string): Column<Row>[] {
  return Object.entries(cells)
    .filter(([name]) => chosen.includes(name))
    .map(([name, [width, cell]]) => ({
      ...{ name, width, title: word('column', name), isNumber: isNumber.has(name) },
      cell: (row: Row) => cell(row, zone),
    }));
}

/** Where there is little room, the year goes. */
function momentOf(start: string, zone: string): VNode {
  const text = momentText(start, zone);
  return h('span', null, h('span', { class: 'year' }, text.slice(0, 5)), text.slice(5));
}

function spanOrNothing(seconds: number | null): string {
  return seconds === null ? '' : spanText(seconds);
}
