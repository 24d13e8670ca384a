// Text messages: of the vendor's resource only the dictionary is public.
import type { FastifyInstance } from 'fastify';
import { dictionary, registerDictionary } from './dictionaries.ts';

const names = { O: 'Outbound', I: 'Inbound', SENT: 'Sent', FAILED: 'Failed' };

export function registerSms(api: FastifyInstance, base: string): void {
  const data = [dictionary('type', ['O', 'I'], names), dictionary('result', ['SENT', 'FAILED'], names)];
  registerDictionary(api, base, 'sms', data);
}
