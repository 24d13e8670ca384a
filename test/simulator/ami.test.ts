// The AMI peer through real sockets.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Unavailable } from '../../src/errors.ts';
import { openAmiPeer, type AmiPeer } from '../../src/simulator/ami.ts';
import { captureEvents } from './capture.ts';
import { openClient, type Client } from './client.ts';

const BANNER = 'Asterisk Call Manager/11.0.0\r\n';
const ACCEPTED = 'Response: Success\r\nMessage: Authentication accepted\r\n\r\n';
const [event] = captureEvents as [string];

let peer: AmiPeer;
let clients: Client[];

beforeEach(async () => {
  clients = [];
  peer = await openAmiPeer({ host: '127.0.0.1', port: 0, username: 'cdrd', secret: 's3cret', maxUnread: 65_536 });
});
afterEach(async () => {
  for (const client of clients) client.socket.destroy();
  await peer.close();
});

function open(): Client {
  const client = openClient(peer.port);
  clients.push(client);
  return client;
}

async function login(headers: Record<string, string> = {}): Promise<Client> {
  const client = open();
  client.act({ Action: 'Login', Username: 'cdrd', Secret: 's3cret', ...headers });
  await client.until('Authentication accepted\r\n\r\n');
  return client;
}

describe('a client', () => {
  it('is greeted, logs in and hears the very bytes', async () => {
    const client = await login();
    expect(peer.broadcast(event)).toBe(1);
    expect(await client.until('Company')).toBe(BANNER + ACCEPTED + event);
  });

  it('may write headers in any case and get its ActionID back', async () => {
    const client = open();
    client.act({ action: 'login', username: 'cdrd', secret: 's3cret', actionid: '7', event: 'off' });
    expect(await client.until('accepted\r\n\r\n')).toBe(
      `${BANNER}Response: Success\r\nActionID: 7\r\nMessage: Authentication accepted\r\n\r\n`,
    );
    expect(peer.listening).toBe(1);
  });

  it('hears nothing before it is logged in', async () => {
    const client = open();
    await client.until(BANNER);
    expect(peer.broadcast(event)).toBe(0);
    expect(peer.counts.unheard).toBe(1);
    client.act({ Action: 'Ping' });
    expect(await client.until('\r\n\r\n')).toBe(`${BANNER}Response: Error\r\nMessage: Permission denied\r\n\r\n`);
  });

  it.each([
    ['Secret', 'wrong'],
    ['Username', 'admin'],
  ])('with a wrong %s is refused and closed', async (name, value) => {
    const client = open();
    client.act({ Action: 'Login', Username: 'cdrd', Secret: 's3cret', [name]: value });
    expect(await client.closed()).toBe(`${BANNER}Response: Error\r\nMessage: Authentication failed\r\n\r\n`);
    expect(peer.counts.refused).toBe(1);
  });

  it.each([
    ['off', 'Off', 0],
    ['call', 'On', 0],
    ['system', 'Off', 0],
    ['cdr', 'On', 1],
    ['call,cdr', 'On', 1],
    ['on', 'On', 1],
    ['1024', 'On', 1],
  ])('with EventMask %s is told Events: %s', async (mask, word, hearers) => {
    const client = await login({ Events: 'off' });
    expect(peer.listening).toBe(0);
    client.act({ Action: 'Events', EventMask: mask, ActionID: 'm' });
    await client.until(`Response: Success\r\nActionID: m\r\nEvents: ${word}\r\n\r\n`);
    expect(peer.broadcast(event)).toBe(hearers);
    expect(peer.broadcast(event, 'call')).toBe(['call', 'call,cdr', 'on'].includes(mask) ? 1 : 0);
  });

  it('gets Asterisk’s words for a missing mask, an unknown action and none', async () => {
    const client = await login();
    client.act({ Action: 'Events' });
    await client.until('Response: Error\r\nMessage: Invalid event mask\r\n\r\n');
    client.act({ Action: 'Dance' });
    await client.until(
      'Response: Error\r\nMessage: Invalid/unknown command: Dance. Use Action: ListCommands to show available commands.\r\n\r\n',
    );
    client.act({ Hello: 'there' });
    await client.until('Response: Error\r\nMessage: Missing action in request\r\n\r\n');
  });

  it('pings and logs off', async () => {
    const client = await login();
    client.act({ Action: 'Ping', ActionID: '1' });
    expect(await client.until('Timestamp')).toMatch(
      /Response: Success\r\nActionID: 1\r\nPing: Pong\r\nTimestamp: \d+\.\d{6}\r\n\r\n$/,
    );
    client.act({ Action: 'Logoff' });
    expect(await client.closed()).toMatch(/Response: Goodbye\r\nMessage: Thanks for all the fish\.\r\n\r\n$/);
  });

  it('is one of several, who all hear', async () => {
    const both = await Promise.all([login(), login()]);
    await peer.whenListening(2);
    expect(peer.broadcast(event)).toBe(2);
    for (const client of both) expect(await client.until('Company')).toContain(event);
  });

  it('that does not read is cut off, while others go on hearing', async () => {
    const slow = await login();
    const quick = await login();
    slow.socket.pause();
    let sent = 0;
    while (peer.counts.cut === 0 && sent < 100_000) {
      peer.broadcast(event);
      // Gives the quick client its turn to read.
      if (++sent % 10 === 0) await new Promise(setImmediate);
    }
    expect(peer.counts.cut).toBe(1);
    expect(peer.broadcast('LAST\r\n\r\n')).toBe(1);
    await quick.until('LAST');
  });
});

describe('the peer misbehaving', () => {
  it('drops its clients', async () => {
    const client = await login();
    peer.dropClients();
    await client.closed();
    expect(peer.listening).toBe(0);
  });

  it('cuts in the middle of an event', async () => {
    const client = await login();
    peer.cutMidEvent(event);
    const heard = await client.closed();
    expect(heard).toBe(BANNER + ACCEPTED + event.slice(0, Math.ceil(event.length / 2)));
  });

  it('says nothing while mute, not even hello, and goes on where it was', async () => {
    const client = await login();
    peer.mute(true);
    const late = open();
    client.act({ Action: 'Ping' });
    expect(peer.broadcast(event)).toBe(0);
    await new Promise((resolve) => late.socket.once('connect', resolve));
    expect(late.text()).toBe('');
    peer.mute(false);
    expect(await client.until('Pong')).not.toContain('Event: Cdr');
    expect(await late.until('\r\n')).toBe(BANNER);
  });

  it('refuses every login until told otherwise', async () => {
    peer.refuseLogins(true);
    const client = open();
    client.act({ Action: 'Login', Username: 'cdrd', Secret: 's3cret' });
    await client.until('Authentication failed');
    peer.refuseLogins(false);
    await login();
    expect(peer.listening).toBe(1);
  });

  it('cannot open on a port that is taken', async () => {
    const options = { host: '127.0.0.1', port: peer.port, username: 'a', secret: 'b' };
    await expect(openAmiPeer(options)).rejects.toThrow(Unavailable);
  });
});
