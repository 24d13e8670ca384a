// Events of channels beside records: what a row is told of them, how long it waits, and that no row suffers by them.
import { describe, expect, it, vi } from 'vitest';
import { LiveBoard } from '../../../src/live/board.ts';
import { noTables } from '../../../src/rules/tables.ts';
import { Enricher, waitingMax } from '../../../src/sources/ami/enricher.ts';
import { ChannelTap, eventsAtOnce, eventsPerSecond } from '../../../src/sources/ami/tap.ts';
import { captured, play, readEvent } from '../../live/captured.ts';
import { silent } from '../../support/store.ts';
import { Hearing } from './hearing.ts';
import { Peer } from './peer.ts';

const newBoard = () => new LiveBoard({ rules: new Map(), tables: async () => noTables, log: silent });
const talk = captured('internal-callee-hangs-up');
const bytesOf = (events: readonly { text: string }[]) => events.map(({ text }) => `${text}\r\n\r\n`).join('');

describe('with events: calls', () => {
  const hear = (peer: Peer, board = newBoard()) =>
    new Hearing({ port: peer.port, events: 'calls' }, { ear: board.ear('pbx1') });

  it('asks for both classes, and with events: cdr for records alone', async () => {
    await using peer = await Peer.start();
    await using calls = hear(peer);
    await calls.until(() => calls.ups === 1);
    const mask = () => peer.last.actions.find(({ action }) => action === 'Events')!['eventmask'];
    expect(mask()).toBe('cdr,call');
    await using records = new Hearing({ port: peer.port });
    await records.until(() => records.ups === 1);
    expect(mask()).toBe('cdr');
  });

  it('a row has what its channels told, as custom values', async () => {
    await using peer = await Peer.start();
    const board = newBoard();
    await using hearing = hear(peer, board);
    await hearing.until(() => hearing.ups === 1);
    peer.last.send(bytesOf(talk));
    await hearing.until(() => hearing.rows.length === 1);
    expect(hearing.fields[0]).toMatchObject({
      ...{ uniqueid: '1795357384.4', sequence: '2' },
      ...{ ami_ring_seconds: '3.002', ami_hangup_side: 'callee', ami_hangup_cause: '16' },
    });
    expect(board.systems).toMatchObject([{ name: 'pbx1', isUp: true, channels: 0, dropped: 0 }]);
  });

  it('a row that waits for its Hangup goes without it when the source is stopped', async () => {
    await using peer = await Peer.start();
    const board = newBoard();
    await using hearing = hear(peer, board);
    await hearing.until(() => hearing.ups === 1);
    const [cdr] = talk.filter(({ name }) => name === 'cdr');
    const ringing = talk.filter(({ event }) => event).slice(0, 5);
    peer.last.send(bytesOf([...ringing, cdr!]));
    await hearing.until(() => board.systems[0]!.events === 5);
    hearing.abort();
    await hearing.done;
    expect(hearing.fields).toHaveLength(1);
    expect(hearing.fields[0]).not.toHaveProperty('ami_hangup_cause');
  });

  it('a row of which no channel was heard goes at once', async () => {
    await using peer = await Peer.start();
    await using hearing = hear(peer);
    await hearing.until(() => hearing.ups === 1);
    peer.last.send(bytesOf(talk.filter(({ name }) => name === 'cdr')));
    await hearing.until(() => hearing.rows.length === 1);
    expect(Object.keys(hearing.fields[0]!).filter((name) => name.startsWith('ami_'))).toEqual([]);
  });

  it('a new line makes what lived before unknown', async () => {
    await using peer = await Peer.start();
    const board = newBoard();
    await using hearing = hear(peer, board);
    await hearing.until(() => hearing.ups === 1);
    peer.last.send(bytesOf(talk.slice(0, 4)));
    const live = () => [...board.ear('pbx1').channels.all.calls];
    await hearing.until(() => live().length === 1);
    peer.last.socket.destroy();
    await hearing.until(() => hearing.ups === 2);
    expect(live()).toEqual([]);
  });

  it('a new line asks who stands in which bridge, and those who talk are told again', async () => {
    const message = (first: string, more: string) => `${first}\r\nActionID: {id}\r\n${more}\r\n\r\n`;
    const entered = talk.filter(({ name }) => name === 'bridgeenter');
    const inBridge = entered.map(({ text }) =>
      text.replace(/^Event: .*$/m, 'Event: BridgeInfoChannel\r\nActionID: {id}'),
    );
    const item = (id: string) => `BridgeUniqueid: ${id}\r\nBridgeType: basic\r\nBridgeTechnology: simple_bridge`;
    const others = {
      bridgelist:
        message('Response: Success', 'EventList: start') +
        message('Event: BridgeListItem', item('7e')) +
        message('Event: BridgeListComplete', 'EventList: Complete'),
      bridgeinfo:
        message('Response: Success', 'EventList: start') +
        inBridge.map((text) => `${text}\r\n\r\n`).join('') +
        message('Event: BridgeInfoComplete', item('7e')),
    };
    await using peer = await Peer.start({ others });
    const board = newBoard();
    await using hearing = hear(peer, board);
    const { channels } = board.ear('pbx1');
    await hearing.until(() => channels.all.live === 2);
    const asked = peer.last.actions.filter(({ action }) => action!.startsWith('Bridge'));
    expect(asked.map(({ action, bridgeuniqueid }) => [action, bridgeuniqueid])).toEqual([
      ['BridgeList', undefined],
      ['BridgeInfo', '7e'],
    ]);
    const [pair] = channels.all.get('1795357384.4')!.pairs;
    expect(pair).toMatchObject({ a: { isMet: true }, b: { uniqueid: '1795357384.5' }, overAt: null });
    // They talk, and since when nobody knows.
    expect([pair!.answerAt, pair!.foundAt]).toEqual([null, expect.any(Number)]);
    // Nothing was heard of channels by that: a user who may not hear them is told so all the same.
    expect(board.systems).toMatchObject([{ events: 0 }]);
    const end = talk.findIndex(({ name }) => name === 'hanguprequest');
    peer.last.send(bytesOf(talk.slice(end)));
    await hearing.until(() => hearing.rows.length === 1 && channels.all.live === 0);
    expect(hearing.fields[0]).toMatchObject({ ami_hangup_side: 'callee', ami_hangup_cause: '16' });
  });

  it('a new line goes on where Asterisk tells of no bridges', async () => {
    const bridgelist = 'Response: Success\r\nActionID: {id}\r\n\r\nEvent: BridgeListComplete\r\nActionID: {id}\r\n\r\n';
    for (const others of [{}, { bridgelist }]) {
      await using peer = await Peer.start({ others });
      await using hearing = hear(peer);
      await hearing.until(() => peer.sessions.length === 1 && peer.last.count('bridgelist') === 1);
      peer.last.send(bytesOf(talk));
      await hearing.until(() => hearing.rows.length === 1);
      expect(peer.last.count('bridgeinfo')).toBe(0);
    }
  });
});

describe('a row', () => {
  const cdrOf = (events: typeof talk) => {
    const { headers } = events.find(({ name }) => name === 'cdr')!;
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  };

  it('goes at the Hangup it waits for, once', () => {
    const events = captured('internal-congestion');
    const at = events.findIndex(({ name }) => name === 'cdr');
    const channels = play(events.slice(0, 1));
    const rows: object[] = [];
    const enricher = new Enricher(channels, (fields) => rows.push(fields));
    enricher.take(cdrOf(events));
    expect([rows.length, enricher.waiting]).toEqual([0, 1]);
    const { event } = events.slice(at).find(({ name }) => name === 'hangup')!;
    channels.apply(event!);
    enricher.heard(event!);
    enricher.flush();
    expect(rows).toMatchObject([{ uniqueid: events[0]!.headers['Uniqueid'], ami_hangup_cause: '34' }]);
  });

  it('does not wait for a Hangup that may have been dropped', () => {
    const events = captured('internal-congestion');
    const channels = play(events.slice(0, 1));
    const rows: object[] = [];
    channels.lose();
    new Enricher(channels, (fields) => rows.push(fields)).take(cdrOf(events));
    expect(rows).toHaveLength(1);
  });

  it('keeps what somebody has mapped to such a name himself', () => {
    const rows: object[] = [];
    new Enricher(play(talk), (fields) => rows.push(fields)).take({ ...cdrOf(talk), ami_hangup_side: 'mine' });
    expect(rows).toMatchObject([{ ami_hangup_side: 'mine', ami_hangup_cause: '16' }]);
  });

  it('waits with at most so many others', () => {
    const rows: object[] = [];
    const channels = play([]);
    const enricher = new Enricher(channels, (fields) => rows.push(fields));
    for (let at = 0; at < waitingMax + 2; at += 1) {
      channels.apply(readEvent(`Event: Newchannel\r\nChannel: SIP/a-${at}\r\nUniqueid: 1.${at}`).event!);
      enricher.take({ uniqueid: `1.${at}` });
    }
    expect([rows, enricher.waiting]).toEqual([[{ uniqueid: '1.0' }, { uniqueid: '1.1' }], waitingMax]);
    enricher.flush();
    expect(rows).toHaveLength(waitingMax + 2);
  });
});

describe('the tap', () => {
  const open = (now: () => number, onMute?: (sentence: string) => void) => {
    const board = newBoard();
    const options = { ear: board.ear('pbx1'), log: silent, username: 'cdrd', onEvent: () => undefined, now, onMute };
    return { board, tap: new ChannelTap(options) };
  };

  it('takes so many events at once, then so many a second, and counts the others', () => {
    let now = 0;
    const { board, tap } = open(() => now);
    const send = (count: number) => {
      let taken = 0;
      for (let at = 0; at < count; at += 1) if (tap.begin('newstate') !== null) taken += 1;
      return taken;
    };
    expect(send(eventsAtOnce + 500)).toBe(eventsAtOnce);
    now = 1000;
    expect(send(eventsAtOnce)).toBe(eventsPerSecond);
    expect(board.systems[0]!.dropped).toBe(500 + eventsAtOnce - eventsPerSecond);
  });

  it('passes over what it does not need', () => {
    const { board, tap } = open(() => 0);
    expect(['varset', 'newexten', 'cdr', 'rtcpsent', 'fullybooted'].map((name) => tap.begin(name))).toEqual(
      new Array(5).fill(null),
    );
    expect(board.systems[0]!.dropped).toBe(0);
  });

  it('says once that the user may not hear of channels, when only records come', ({ onTestFinished }) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const said: string[] = [];
    const { tap } = open(
      () => 0,
      (sentence) => said.push(sentence),
    );
    tap.record();
    vi.advanceTimersByTime(60_000);
    tap.record();
    vi.advanceTimersByTime(60_000);
    expect(said).toEqual([expect.stringContaining('set read = cdr,call in section [cdrd] of manager.conf')]);
    const { tap: other } = open(
      () => 0,
      (sentence) => said.push(sentence),
    );
    other.record();
    other.begin('hangup');
    vi.advanceTimersByTime(60_000);
    expect(said).toHaveLength(1);
  });
});
