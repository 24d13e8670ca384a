// The usual preset against its model, over records of every shape.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cdrOf } from '../cdr/rows.ts';
import { derive } from '../support/rows.ts';
import { expected } from './model.ts';

const channel = fc.constantFrom(
  ...[null, '', 'PJSIP/acme-101-00000004', 'SIP/acme_2-4021-0000abcd', 'IAX2/102-0000000a', 'SCCP/123456-00000004'],
  ...['PJSIP/trunk-telco-00000007', 'PJSIP/44123456789-0000000a', 'DAHDI/i1/101-1', 'DAHDI/1-1', 'SIP/x-1-00000001'],
  ...['Local/101@office-00000001;1', 'Local/600@queue-00000001;2', 'Local/s@x-00000002;1', 'nonsense', 'PJSIP/telco'],
);
const number = fc.constantFrom(
  null,
  '',
  's',
  '101',
  '102',
  '600',
  '*97',
  '12',
  '5',
  '999',
  '+441632960111',
  'anonymous',
);
const account = fc.constantFrom(null, '', '  ', 'acme', ' ACME ', '>123', ' >5', '>', 'x'.repeat(256));
const custom = fc.dictionary(
  fc.constantFrom('company', 'target', 'src_ext', 'properties', 'did'),
  fc.constantFrom('', ' ', 'umbrella', '4021', '+441632960111', 'company=json;src_ext=77', '{"target":"t"}'),
  { maxKeys: 3 },
);
const userfield = fc.constantFrom(null, '', 'company=u', 'src_ext=201;target=v', 'prose; of somebody');

it('the usual preset says of every record whose it is as its model does', () => {
  const record = fc.record({
    ...{ channel, dstchannel: channel, src: number, dst: number, accountcode: account, peeraccount: account },
    ...{ custom, userfield },
  });
  fc.assert(
    fc.property(record, (fields) => {
      const cdr = cdrOf(fields);
      const { company, target, extension, peerExtension, direction } = derive(cdr);
      expect({ company, target, extension, peerExtension, direction }).toEqual(expected(cdr));
    }),
    { numRuns: 10_000 },
  );
});
