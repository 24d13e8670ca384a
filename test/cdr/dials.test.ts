// Which number each channel of one Dial has that was told several for one line: by their order, where nothing is missing.
import { expect, it } from 'vitest';
import { callWithPath } from '../../src/cdr/call.ts';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { read } from './situation.ts';

const { records: captured } = read('ring-group-of-phone-and-mobiles.txt');
const numbersOf = (change: (records: typeof captured) => typeof captured) =>
  callWithPath(change(captured)).path.map(({ to }) => to?.number);
const [phone, first, second] = captured;
const later = (cdr: (typeof captured)[number], changes: Partial<Cdr>) => ({ ...cdr, ...changes });

it('is told by the order of their names, whichever record came first', () => {
  expect(callWithPath([second!, first!, phone!]).answeredBy).toBe('2125550124');
  const renamed = numbersOf(() => [
    phone!,
    later(first!, { dstchannel: 'PJSIP/trunk1-00000010' }),
    later(second!, { dstchannel: 'PJSIP/trunk1-0000000f' }),
  ]);
  expect(renamed.toSorted()).toEqual(['101', '2125550123', '2125550124']);
  expect(callWithPath([later(first!, { dstchannel: 'PJSIP/trunk1-00000010' }), second!]).answeredBy).toBe('2125550123');
});

it.each<[string, typeof captured]>([
  ['one of them has no record', [phone!, second!]],
  ['another channel of the line is there', [...captured, later(second!, { dstchannel: 'PJSIP/trunk1-00000007' })]],
  ['one rang when the other had ended', [first!, later(second!, { start: first!.end! + 1, answer: null })]],
  [
    'they touch, and a channel may have been between them',
    [first!, later(second!, { start: first!.end!, dstchannel: 'PJSIP/trunk1-00000008' })],
  ],
  [
    'their driver does not count',
    [later(first!, { dstchannel: 'PJSIP/trunk1-1' }), later(second!, { dstchannel: 'PJSIP/trunk1-2' })],
  ],
])('is not told where %s', (_title, records) => {
  const trunk = callWithPath(records).path.filter(({ dstchannel }) => dstchannel?.startsWith('PJSIP/trunk1'));
  expect(trunk.map(({ to }) => to)).toEqual(trunk.map(() => ({ number: null, isInside: false })));
  expect(callWithPath(records).answeredBy).toBeNull();
});
