import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mappingLines } from '../../../src/sources/ami/mapping.ts';
import { Hearing } from './hearing.ts';
import { accept, cdr, Peer } from './peer.ts';

const sample = readFileSync(new URL('../../fixtures/asterisk22-ami.txt', import.meta.url), 'utf8');
const sampleEvents = sample.split('\r\n\r\n').filter((message) => message.startsWith('Event: Cdr'));

/** Read by another road than the source's: header by header. */
function fieldsOf(message: string): [string, string][] {
  const headers = message.split('\r\n').map((line) => /^(.*?): (.*)$/s.exec(line) ?? []);
  return headers.slice(2).map(([, name, value]) => [(name ?? '').toLowerCase(), value ?? '']);
}

async function hear(...events: (string | Buffer)[]): Promise<Hearing> {
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port });
  await hearing.until(() => hearing.state?.state === 'up');
  for (const event of events) peer.last.send(event);
  peer.last.send(cdr({ UniqueID: 'last' }));
  await hearing.until(() => hearing.fields.at(-1)?.['uniqueid'] === 'last');
  hearing.rows.pop();
  return hearing;
}

test('the 40 events of a real Asterisk arrive in order, field for field', async () => {
  const { rows, log } = await hear(sample);
  expect(rows.map(({ fields }) => Object.entries(fields))).toEqual(sampleEvents.map(fieldsOf));
  expect(sampleEvents).toHaveLength(40);
  expect(new Set(rows.map(({ kind, timezone }) => `${kind} ${timezone}`))).toEqual(new Set(['ami Europe/Madrid']));
  expect(rows.every(({ fields }) => Object.getPrototypeOf(fields) === null)).toBe(true);
  expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
});

test('a repeated header arrives as an array, in order', async () => {
  const { fields } = await hear('Event: Cdr\r\nUniqueID: 1\r\nUniqueID: 2\r\nUniqueID: 3\r\nSource: 101\r\n\r\n');
  expect({ ...fields[0] }).toEqual({ uniqueid: ['1', '2', '3'], source: '101' });
});

test('hostile header names are only names', async () => {
  const hostile = ['__proto__', 'constructor', 'toString', 'Variable', 'ChanVariable', 'ActionID', 'hasOwnProperty'];
  const { fields } = await hear(`Event: Cdr\r\n${hostile.map((name) => `${name}: a=b\r\n`).join('')}\r\n`);
  expect(Object.entries(fields[0] ?? {})).toEqual(hostile.map((name) => [name.toLowerCase(), 'a=b']));
  expect(Object.getPrototypeOf(fields[0])).toBe(null);
  expect(({} as Record<string, unknown>)['a=b']).toBeUndefined();
});

test('a UserEvent with its header twice and other events that shook the library are passed over', async () => {
  const { fields } = await hear(
    'Event: UserEvent\r\nUserEvent: a\r\nUserEvent: b\r\n\r\n',
    'Event: RawEvent\r\n\r\nEvent: Error\r\n\r\nEvent: Close\r\n\r\nEvent: Connect\r\n\r\n',
    'Response: Error\r\nActionID: rawevent\r\n\r\nResponse: Follows\r\nActionID: 1\r\n\r\n',
    'Event\r\n\r\n: \r\n\r\n\r\n\r\n\n\n',
    cdr({ UniqueID: 'kept' }),
  );
  expect(fields.map((row) => row['uniqueid'])).toEqual(['kept']);
});

test('bytes that are not UTF-8 are read as latin1, and UTF-8 may be cut anywhere', async () => {
  const { fields } = await hear(
    Buffer.from(cdr({ CallerID: '"Müller" <1>' }), 'latin1'),
    ...Array.from(Buffer.from(cdr({ CallerID: '"Zoë 🐟" <2>' })), (byte) => Buffer.from([byte])),
  );
  expect(fields.map((row) => row['callerid'])).toEqual(['"Müller" <1>', '"Zoë 🐟" <2>']);
});

test('events in the same bytes as the answer to the login count', async () => {
  const login = (_: unknown, id: string) => cdr({ UniqueID: 'before' }) + accept(id) + cdr({ UniqueID: 'behind' });
  await using peer = await Peer.start({ login });
  await using hearing = new Hearing({ port: peer.port });
  await hearing.until(() => hearing.rows.length === 2);
  expect(hearing.fields.map((row) => row['uniqueid'])).toEqual(['before', 'behind']);
});

test('what Asterisk does not send is said once, with the lines to paste', async () => {
  const { warnings } = await hear(cdr({ UniqueID: '1', Sequence: '7' }), cdr({ UniqueID: '2' }));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatchObject({ level: 'warn', missing: ['linkedid', 'startepoch'] });
  expect(warnings[0]?.msg).toContain('carry no linkedid, startepoch:');
  expect(warnings[0]?.msg).toContain(mappingLines);
});

test('mappings that are added or lost while cdrd runs are said once, and not for a few events that were cut', async () => {
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port });
  await hearing.until(() => hearing.state?.state === 'up');
  const bare = cdr({ UniqueID: '1' });
  const all = cdr({ UniqueID: '1', Sequence: '7', LinkedID: '1', StartEpoch: '1.5' });
  const said = async (events: number, text: string): Promise<string[]> => {
    const before = hearing.rows.length;
    peer.last.send(text.repeat(events));
    await hearing.until(() => hearing.rows.length === before + events);
    return hearing.log.flatMap(({ level, msg }) => (/events carry/.test(msg) ? [`${level} ${msg.split(':')[0]}`] : []));
  };
  const lacks = "warn Asterisk's Cdr events carry no sequence, linkedid, startepoch";
  const has = "info Asterisk's Cdr events carry sequence, linkedid, startepoch now";
  expect(await said(1, bare)).toEqual([lacks]);
  expect(await said(9, all)).toEqual([lacks]);
  expect(await said(1, bare)).toEqual([lacks]);
  expect(await said(10, all)).toEqual([lacks, has]);
  expect(await said(9, bare)).toEqual([lacks, has]);
  expect(await said(1, bare)).toEqual([lacks, has, lacks]);
});

test('a full buffer drops the newest, counts each and says so once', async () => {
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port, buffer_rows: 20 });
  await hearing.until(() => hearing.state?.state === 'up');
  const gate = Promise.withResolvers<void>();
  hearing.gate = gate.promise;
  const events = Array.from({ length: 100 }, (_, n) => cdr({ UniqueID: String(n), Sequence: '1', LinkedID: '1' }));
  peer.last.send(events[0] ?? '');
  await hearing.until(() => hearing.rows.length === 1);
  peer.last.send(events.slice(1).join(''));
  await hearing.until(() => hearing.log.some(({ msg }) => msg === 'AMI buffer full, newest rows dropped'));
  hearing.abort();
  await hearing.until(() => peer.last.isClosed);
  gate.resolve();
  await hearing.done;
  expect(hearing.fields.map((row) => row['uniqueid'])).toEqual(Array.from({ length: 21 }, (_, n) => String(n)));
  expect(hearing.lost).toBe(79);
  expect(hearing.log.filter(({ msg }) => msg.startsWith('AMI buffer'))).toMatchObject([
    { level: 'warn', rows: 20 },
    { level: 'info', lost: 79 },
  ]);
});

test('is stored up to now, and up to its oldest row while that waits for the store', async () => {
  let now = 1000;
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port }, { now: () => now });
  await hearing.until(() => hearing.state?.state === 'up');
  const gate = Promise.withResolvers<void>();
  hearing.gate = gate.promise;
  peer.last.send(cdr({ UniqueID: 'first' }));
  await hearing.until(() => hearing.rows.length === 1);
  now = 5000;
  expect(hearing.storedUpTo()).toBe(1_000_000);
  gate.resolve();
  await hearing.until(() => hearing.storedUpTo() === 5_000_000);
});

test('a batch has at most 500 rows, and a lone row does not wait for company', async () => {
  await using peer = await Peer.start();
  await using hearing = new Hearing({ port: peer.port });
  await hearing.until(() => hearing.state?.state === 'up');
  const gate = Promise.withResolvers<void>();
  hearing.gate = gate.promise;
  peer.last.send(cdr({ UniqueID: 'first' }));
  await hearing.until(() => hearing.batches.length === 1);
  expect(hearing.batches[0]?.rows).toHaveLength(1);
  peer.last.send(Array.from({ length: 1200 }, (_, n) => cdr({ UniqueID: String(n) })).join(''));
  hearing.abort();
  await hearing.until(() => peer.last.isClosed);
  gate.resolve();
  await hearing.done;
  expect(hearing.batches.map(({ rows }) => rows.length)).toEqual([1, 500, 500, 200]);
});
