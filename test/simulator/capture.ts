// The real capture (test/fixtures) as records: 40 events and the 40 rows of the same calls, in the same order.
import { readFileSync } from 'node:fs';
import { recommendedMappings, type Mapping, type PbxRecord } from '../../src/simulator/record.ts';

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');

/** Every byte of the session: the answer to Login, then 40 events. */
export const captureText = fixture('asterisk22-ami.txt');

/** What cdr_manager.conf had when the capture was made. */
export const captureMappings: readonly Mapping[] = [
  ...recommendedMappings,
  ['billsec,f', 'BillSecF'],
  ['company', 'Company'],
];

/** The table's rows by column, undone from `mysql --batch`; the text NULL is null. */
export const captureRows: Record<string, string | null>[] = rows(fixture('asterisk22-cdr-table.tsv'));

/** The events' blocks, each with its closing blank line. */
export const captureEvents: string[] = captureText
  .split(/(?<=\r\n\r\n)/)
  .filter((block) => block.startsWith('Event: Cdr'));

/** One record per event; what the event cannot tell (was `company` set to '' or not at all) comes from its row. */
export const captureRecords: PbxRecord[] = captureEvents.map(recordOf);

function recordOf(block: string): PbxRecord {
  const headers = new Map(block.split('\r\n').map((line) => split(line)));
  const get = (name: string): string => headers.get(name) ?? '';
  const micros = (name: string): number => Number(get(name).replace('.', ''));
  const row = captureRows.find((candidate) => candidate['sequence'] === get('Sequence'));
  const company = row?.['company'];
  return {
    uniqueid: get('UniqueID'),
    linkedid: get('LinkedID'),
    sequence: Number(get('Sequence')),
    start: micros('StartEpoch'),
    answer: micros('AnswerEpoch') || null,
    end: micros('EndEpoch'),
    clid: get('CallerID'),
    src: get('Source'),
    dst: get('Destination'),
    dcontext: get('DestinationContext'),
    channel: get('Channel'),
    dstchannel: get('DestinationChannel'),
    lastapp: get('LastApplication'),
    lastdata: get('LastData'),
    disposition: get('Disposition') as PbxRecord['disposition'],
    amaflags: 3,
    accountcode: get('AccountCode'),
    peeraccount: get('PeerAccount'),
    userfield: get('UserField'),
    variables: typeof company === 'string' ? { company } : {},
  };
}

function split(line: string): [string, string] {
  const at = line.indexOf(': ');
  return [line.slice(0, at), line.slice(at + 2)];
}

function rows(tsv: string): Record<string, string | null>[] {
  const [head = '', ...lines] = tsv.trimEnd().split('\n');
  const names = head.split('\t');
  return lines.map((line) => {
    const cells = line.split('\t').map((cell) => (cell === 'NULL' ? null : cell.replace(/\\(.)/g, '$1')));
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? null]));
  });
}
