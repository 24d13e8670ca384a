import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Guard, maxLineBytes, maxMessageChars, maxMessageHeaders } from '../../../src/sources/ami/guard.ts';
import { heapMb } from '../../support/memory.ts';
import { banner, cdr } from './peer.ts';

type Fields = Record<string, unknown>;

function through(...chunks: (string | Buffer)[]) {
  const events: Fields[] = [];
  const guard = new Guard({ onCdr: (fields) => void events.push({ ...fields }) });
  return { out: chunks.map((chunk) => guard.push(Buffer.from(chunk))).join(''), events, fault: guard.fault };
}

test('an event is handed out, its headers in lower case, and does not go through', () => {
  expect(through(banner, cdr({ UniqueID: '1.1', UserField: '' }))).toEqual({
    ...{ out: '', fault: undefined },
    events: [{ uniqueid: '1.1', userfield: '' }],
  });
});

test('a header that is repeated has all its values', () => {
  const { events } = through(`${banner}Event: Cdr\r\nUserField: a\r\nuserfield: b\r\nUSERFIELD: c\r\n\r\n`);
  expect(events).toEqual([{ userfield: ['a', 'b', 'c'] }]);
});

test('headers called as what every object has are headers like others', () => {
  const { events } = through(`${banner}Event: Cdr\r\n__proto__: a\r\nconstructor: b\r\n\r\n`);
  expect(events.map((fields) => Object.entries(fields))).toEqual([
    [
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ],
  ]);
});

test('bytes may be split at every offset, also within a character', () => {
  const bytes = Buffer.from(banner + cdr({ UniqueID: '1.1', UserField: '"Zoë 🐟" <Müller>' }) + cdr({ UniqueID: '2' }));
  const whole = through(bytes).events;
  expect(whole).toEqual([{ uniqueid: '1.1', userfield: '"Zoë 🐟" <Müller>' }, { uniqueid: '2' }]);
  for (let at = 0; at <= bytes.length; at += 1) {
    expect(through(bytes.subarray(0, at), bytes.subarray(at)).events, `cut at ${at}`).toEqual(whole);
  }
  const bytewise = through(...Array.from(bytes, (byte) => Buffer.from([byte])));
  expect(bytewise.events).toEqual(whole);
});

test('half an event is never handed out', () => {
  const event = cdr({ UniqueID: '1.1', UserField: 'x' });
  for (let at = 0; at < event.length - 1; at += 1) expect(through(banner + event.slice(0, at)).events).toEqual([]);
});

test('events that are not Cdr stay outside, whatever they are called', () => {
  for (const name of ['UserEvent', 'RawEvent', 'Close', 'Error', 'Connect', 'Response', 'Cdr2', '', '__proto__']) {
    const { out, events } = through(`${banner}Event: ${name}\r\nUserEvent: a\r\nUserEvent: b\r\n\r\n`);
    expect({ out, events }).toEqual({ out: '', events: [] });
  }
});

/** What is heard, in its order: records by their uniqueid, events of channels by name and headers. */
function heardOf(...chunks: string[]) {
  const heard: string[] = [];
  let begun: string[] = [];
  const header = (name: string, value: string) => void begun.push(`${name}=${value}`);
  const begin = (name: string) => {
    begun = [name];
    return name === 'hangup' ? { header } : null;
  };
  const tap = { begin, finish: () => void heard.push(begun.join(' ')) };
  const guard = new Guard({ onCdr: ({ uniqueid }) => void heard.push(`record ${String(uniqueid)}`), tap });
  const out = chunks.map((chunk) => guard.push(Buffer.from(chunk))).join('');
  return { heard, out };
}

const hangup = 'Event: Hangup\r\nUniqueid: 1.1\r\nCause: 16\r\n\r\n';

test('events that a tap wants are given to it and do not go through, others it is only asked about', () => {
  const others = 'Event: VarSet\r\nUniqueid: 1.1\r\n\r\n';
  expect(heardOf(banner, others + hangup + others)).toEqual({ heard: ['hangup Uniqueid=1.1 Cause=16'], out: '' });
});

test('a record comes after the events that came with it, and waits for no other bytes', () => {
  const record = cdr({ UniqueID: '1.1' });
  expect(heardOf(banner + record + hangup).heard).toEqual(['hangup Uniqueid=1.1 Cause=16', 'record 1.1']);
  expect(heardOf(banner + record, hangup).heard).toEqual(['record 1.1', 'hangup Uniqueid=1.1 Cause=16']);
});

test('an event of a channel that the next message cuts off is told as far as it came', () => {
  const cut = 'Event: Hangup\r\nUniqueid: 1.1\r\n';
  expect(heardOf(banner + cut + cdr({ UniqueID: '2' })).heard).toEqual(['hangup Uniqueid=1.1', 'record 2']);
});

test('a cut event whose blank line Asterisk ate does not swallow the next one, and loses its cut header', () => {
  const first = 'Event: Cdr\r\nUniqueID: 1\r\nSequence: 1\r\n';
  expect(through(banner + first + cdr({ UniqueID: '2' })).events).toEqual([{ uniqueid: '1' }, { uniqueid: '2' }]);
});

test('only plain answers with a numeric ActionID go through, with what is read of them', () => {
  const answer = (head: string) => through(`${banner}${head}\r\n\r\n`).out;
  expect(answer('Response: Success\r\nActionID: 17\r\nPing: Pong')).toBe('Response: success\r\nActionID: 17\r\n\r\n');
  expect(answer('Response: Error\r\nMessage: no\r\nActionID: 17\r\nActionID: 18')).toBe(
    'Response: error\r\nMessage: no\r\nActionID: 17\r\n\r\n',
  );
  for (const id of ['rawevent', 'error', 'close', '1x', ''])
    expect(answer(`Response: Error\r\nActionID: ${id}`)).toBe('');
  expect(answer('Response: Follows\r\nActionID: 17')).toBe('');
  expect(answer('Response: Success')).toBe('');
});

test('a header without space, value or colon keeps its name', () => {
  const { events } = through(`${banner}event:cdr\nUniqueID:1:2\nAnswerTime:\nodd line\n: v\nUserField:  x \n\n`);
  expect(events).toEqual([{ uniqueid: '1:2', answertime: '', 'odd line': '', '': 'v', userfield: ' x ' }]);
});

test('a line that is not UTF-8 is read as latin1, its neighbours are not', () => {
  const event = Buffer.concat([
    Buffer.from(`${banner}Event: Cdr\r\nUniqueID: Zoë\r\nUserField: `),
    Buffer.from('Müller', 'latin1'),
    Buffer.from('\r\n\r\n'),
  ]);
  expect(through(event).events).toEqual([{ uniqueid: 'Zoë', userfield: 'Müller' }]);
});

test('a word that somebody keeps does not keep what it came with', () => {
  const kept: unknown[] = [];
  const guard = new Guard({ onCdr: ({ userfield }) => void kept.push(userfield) });
  guard.push(Buffer.from(banner));
  const others = cdr({ UniqueID: '1.1', Filling: 'x'.repeat(800) }).repeat(70);
  const before = heapMb();
  for (let at = 0; at < 300; at += 1) guard.push(Buffer.from(cdr({ UserField: `a word to remember ${at}` }) + others));
  // 300 times 60 KB are 18 MB.
  expect(heapMb() - before).toBeLessThan(4);
  expect(kept.filter((word) => word !== undefined)).toHaveLength(300);
});

describe('a peer that is not AMI', () => {
  test.each([
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'does not speak AMI: it began with "HTTP/1.1 400 Bad Request"'],
    ['SSH-2.0-OpenSSH\n', 'does not speak AMI: it began with "SSH-2.0-OpenSSH"'],
    [`${'x'.repeat(50)}\n`, `does not speak AMI: it began with "${'x'.repeat(40)}…"`],
    ['\x15\x03\x03\n', 'does not speak AMI: it began with "\\u0015\\u0003\\u0003"'],
  ])('%j is said in words', (bytes, fault) => {
    expect(through(bytes, cdr({ UniqueID: '1' }))).toEqual({ out: '', events: [], fault });
  });
});

describe('limits', () => {
  test('a line may be as long as the limit and not longer', () => {
    const line = (length: number) => `X: ${'v'.repeat(length - 4)}\r`;
    expect(through(banner, 'Event: Cdr\n', `${line(maxLineBytes)}\n\n`).fault).toBeUndefined();
    const fault = 'sent a line of more than 65536 bytes';
    expect(through(banner, 'Event: Cdr\n', `${line(maxLineBytes + 1)}\n\n`)).toEqual({ out: '', events: [], fault });
    expect(through(banner, 'x'.repeat(maxLineBytes), 'x').fault).toBe(fault);
    expect(through('x'.repeat(maxLineBytes + 1)).fault).toMatch(/^does not speak AMI: it began with "x{40}…"$/);
  });

  test('what came whole before the fault is handed out', () => {
    const { events } = through(`${banner}${cdr({ UniqueID: '1' })}${'x'.repeat(maxLineBytes + 1)}\n`);
    expect(events).toEqual([{ uniqueid: '1' }]);
  });

  test('an event with too many headers or characters ends it', () => {
    const headers = (count: number, value: string) => `${banner}Event: Cdr\r\n${`A: ${value}\r\n`.repeat(count)}\r\n`;
    expect(through(headers(maxMessageHeaders, '')).fault).toBeUndefined();
    expect(through(headers(maxMessageHeaders + 1, '')).fault).toBe('sent an event of more than 1000 headers');
    expect(through(headers(maxMessageChars / 1024, 'v'.repeat(1024))).fault).toMatch(/more than 262144 characters/);
  });
});

test('any bytes give answers of known form or a fault, never a throw', () => {
  const words = [
    'Event: Cdr',
    'Event: ',
    'Response: Error',
    'ActionID: 1',
    '\r\n',
    '\n',
    '\r',
    ': ',
    '__proto__',
    '\xff',
  ];
  const piece = fc.oneof(
    fc.constantFrom(...words).map((word) => Buffer.from(word, 'latin1')),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  const form = /^(Response: (success|error|goodbye)\r\n((ActionID|Message|Events): [^\n]*\r\n)*\r\n)*$/i;
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      expect(through(banner, ...pieces).out).toMatch(form);
    }),
  );
});

test('the 40 events of a real Asterisk are handed out', () => {
  const sample = readFileSync(new URL('../../fixtures/asterisk22-ami.txt', import.meta.url));
  expect(through(banner, sample).events).toHaveLength(40);
});
