import { describe, expect, it } from 'vitest';
import { forGood, Hearing } from './hearing.ts';
import { accept, Peer } from './peer.ts';

const minute = 60_000;
const atOnce = async () => undefined;

describe('a line that is away', () => {
  it('is told once, again after 1 min, 10 min, 1 h and then each hour, with how long', async () => {
    await using peer = await Peer.start({ login: (session) => (session.socket.destroy(), null) });
    let ms = 1_800_000_000_000;
    const began = ms;
    const step = 20_000;
    const hours = 3.1 * 60 * minute;
    const pause = (wait: number, signal: AbortSignal) => (
      (ms += step),
      ms - began > hours ? forGood(wait, signal) : Promise.resolve()
    );
    await using hearing = new Hearing({ port: peer.port }, { pause, now: () => ms });
    await hearing.until(() => ms - began > hours, 15_000);
    const said = hearing.warnings.map(({ msg }) => /away for ([^:]*):/.exec(msg)?.[1]);
    expect(said).toEqual([undefined, '1 min', '10 min', '1 h 0 min', '2 h 0 min', '3 h 0 min']);
    expect(hearing.log.length).toBeGreaterThan(500);
  });

  it('that says other garbage at each try is one cause, another cause is told, and a return says how long', async () => {
    let tries = 0;
    let ms = 0;
    await using peer = await Peer.start({
      get banner() {
        tries += 1;
        return tries < 30 ? `garbage ${tries}\r\n` : 'Asterisk Call Manager/11.0.0\r\n';
      },
      login: (session, id) => (tries < 60 ? (session.socket.destroy(), null) : accept(id)),
    });
    await using hearing = new Hearing({ port: peer.port }, { pause: atOnce, now: () => (ms += 100) });
    await hearing.until(() => hearing.ups === 1, 15_000);
    const said = hearing.warnings.map(({ msg }) => msg.replace(/; next try.*/, '').replace(/127\S+ /, ''));
    expect(said).toEqual(['does not speak AMI: it began with "garbage 1"', 'closed the connection']);
    expect(hearing.log.at(-1)?.msg).toMatch(/^AMI is up; .* it was away for \d s$/);
  });
});
