// Which changes a request wants to hear of: `types`, and the conditions beside it, read as conditions of each of them.
import { Type, type Static, type TObject } from 'typebox';
import { ClientError } from '../../../errors.ts';
import { callConditionSchemas } from '../../callfilter.ts';
import { liveNeedsCalls, type Wish } from '../../livewish.ts';
import { toCallFilter } from './calls.ts';
import { toFilter, type filterParams } from './query.ts';

export const typesParam = {
  types: Type.Optional(
    Type.Enum(['cdr', 'call', 'cdr,call', 'call,cdr'], {
      description: 'changes of records (when absent), of calls, or of both; conditions must then be known to both',
    }),
  ),
};

export const liveParam = {
  live: Type.Optional(
    Type.Enum(['1', '0'], {
      description: '1: beside calls (types=call) those that go on now, too; they have no id of an event',
    }),
  ),
};

/** @throws ClientError 400 */
export function toWish({
  types = 'cdr',
  live = '0',
  ...given
}: Static<TObject<typeof typesParam & typeof liveParam & typeof filterParams>>): Wish {
  const wants = (type: string) => types.split(',').includes(type);
  if (live === '1' && !wants('call')) throw new ClientError(400, liveNeedsCalls);
  const call = wants('call') ? toCallWish(given) : null;
  return { cdr: wants('cdr') ? toFilter(given) : null, call, live: live === '1' };
}

function toCallWish(given: Static<TObject<typeof filterParams>>): Wish['call'] {
  const known = ['filter', ...Object.keys(callConditionSchemas)];
  const strange = Object.keys(given).find((name) => !known.includes(name));
  if (strange === undefined) return toCallFilter(given);
  const message = `is no condition of calls, which "types" asks for; those are ${known.slice(1).join(', ')}`;
  throw new ClientError(400, `${strange}: ${message}`, [{ field: strange, message }]);
}
