// The dictionaries: the words that fields have here, and their names. Public and the same for everybody.
import type { FastifyInstance } from 'fastify';
import { closeOtherMethods } from '../../methods.ts';
import { recordsOf, type WordField } from './words.ts';

export interface Dictionary {
  id: string;
  values: { id: string; name: string }[];
}

const names: Record<string, string> = {
  ...{ O: 'Outbound', I: 'Inbound', M: 'Missed' },
  ...{ INITIAL: 'Initial', RINGING: 'Ringing', CONNECTED: 'Connected', VM: 'Voicemail' },
  ...{ in: 'Inbound', out: 'Outbound' },
  ...{ PSTN_CALL: 'Call over a trunk', USER_LOCAL: 'Call between users', IVR: 'Menu', FOLLOW_ME: 'Follow me' },
  ...{ TEST_CALL: 'Test call', QUEUE: 'Queue', VOICEMAIL: 'Voicemail', CONFERENCE: 'Conference' },
};

export function dictionary(id: string, words: readonly string[], named = names): Dictionary {
  return { id, values: words.map((word) => ({ id: word, name: named[word] ?? word })) };
}

const cdrs = (Object.keys(recordsOf) as WordField[]).map((field) => dictionary(field, Object.keys(recordsOf[field])));

export function registerDictionary(
  api: FastifyInstance,
  base: string,
  resource: string,
  data: readonly Dictionary[] = cdrs,
): void {
  api.get(`${base}/${resource}/dictionaries`, () => ({ data, total: data.length }));
  closeOtherMethods(api, `${base}/${resource}/dictionaries`, ['GET']);
}
