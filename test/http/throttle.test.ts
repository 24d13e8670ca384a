import { describe, expect, it } from 'vitest';
import { networkOf, Throttle } from '../../src/http/throttle.ts';

describe('the throttle of logins', () => {
  const open = () => {
    const clock = { ms: 0 };
    const throttle = new Throttle(2, 60, () => clock.ms);
    const take = (address: string, name: string) => throttle.take(address, name);
    return { clock, throttle, take };
  };

  it('lets one name from one address try as often as set, then says how long to wait, then forgets', () => {
    const { clock, take } = open();
    expect([take('192.0.2.1', 'bob'), take('192.0.2.1', 'bob'), take('192.0.2.1', 'bob')]).toEqual([0, 0, 60]);
    clock.ms = 59_001;
    expect([take('192.0.2.1', 'bob'), take('192.0.2.1', 'ada'), take('192.0.2.2', 'bob')]).toEqual([1, 0, 0]);
    clock.ms = 60_000;
    expect(take('192.0.2.1', 'bob')).toBe(0);
  });

  it('stops an address that tries many names, and a name that is tried from many addresses', () => {
    const { take } = open();
    const names = Array.from({ length: 9 }, (_, at) => take('192.0.2.1', `name${at}`));
    expect(names).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 60]);
    const addresses = Array.from({ length: 41 }, (_, at) => take(`198.51.100.${at}`, 'bob'));
    expect(addresses.filter((wait) => wait === 0)).toHaveLength(40);
    expect(addresses.at(-1)).toBe(60);
  });

  it('does not count what was right', () => {
    const { throttle, take } = open();
    for (let at = 0; at < 100; at++) {
      expect(take('192.0.2.1', 'bob')).toBe(0);
      throttle.giveBack('192.0.2.1', 'bob');
    }
    // A user of one's own frees no other name.
    expect([take('192.0.2.1', 'ada'), take('192.0.2.1', 'ada')]).toEqual([0, 0]);
    take('192.0.2.1', 'bob');
    throttle.giveBack('192.0.2.1', 'bob');
    expect(take('192.0.2.1', 'ada')).toBe(60);
  });

  it('counts the whole /64 of an IPv6 customer as one address', () => {
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(networkOf('2001:db8:0:0:ffff::2')).toBe('2001:db8:0:0::/64');
    expect(networkOf('2001:db8:0:1::1')).toBe('2001:db8:0:1::/64');
    expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
    expect(networkOf('::1')).toBe('0:0:0:0::/64');
    expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
  });
});
