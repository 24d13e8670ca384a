// Media sessions: of the vendor's resource only the dictionary is public.
import type { FastifyInstance } from 'fastify';
import { dictionary, registerDictionary } from './dictionaries.ts';

const names = { ACTIVE: 'Active', ENDED: 'Ended', O: 'Outbound', I: 'Inbound' };

export function registerMediaSessions(api: FastifyInstance, base: string): void {
  const data = [dictionary('type', ['O', 'I'], names), dictionary('status', ['ACTIVE', 'ENDED'], names)];
  registerDictionary(api, base, 'mediasessions', data);
}
