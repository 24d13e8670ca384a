// GET /doctor: what is wrong beside the PBX, with the lines that mend it. It names files and accounts, so it is for admins.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import type { HttpContext } from '../../context.ts';
import { json, type Operation } from '../../documents/operation.ts';
import { demandAdmin } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { text } from './answers.ts';

const closed = { additionalProperties: false };
const level = (description: string) => Type.Enum(['ok', 'warning', 'fault'], { description });

export const Finding = Type.Object(
  {
    code: Type.String({ description: 'never changes its meaning; the README has them all' }),
    level: level('ok: nothing to do. warning: something may be lost or late. fault: something does not work'),
    system: text('the Asterisk it is about; null: cdrd itself'),
    what: Type.String({ description: 'what was found' }),
    why: text('why it matters; null: nothing needs to be done'),
    into: text('the file that `paste` belongs into; null: it is a command, or there is nothing'),
    paste: text('lines to paste, or a command'),
    then: text('what to run after that'),
  },
  { ...closed, title: 'Finding' },
);

export const DoctorReport = Type.Object(
  {
    verdict: level('the worst of the findings'),
    findings: Type.Array(Finding, { description: 'faults first' }),
  },
  { ...closed, title: 'DoctorReport' },
);
export type DoctorReport = Static<typeof DoctorReport>;

const operation: Operation = {
  id: 'examine',
  summary: 'Looks at Asterisk, its files, its table and at the daemon',
  description:
    'Logs in to AMI and asks the table, so it takes as long as they do. Of files, it sees those that the daemon may read. Secrets are never told.',
  ...{ tag: 'doctor', needs: 'admin!' },
  answers: { 200: json(DoctorReport, 'What was found.') },
};

export function registerDoctor(api: FastifyInstance, { auth, doctor }: HttpContext): void {
  api.get('/doctor', { onRequest: demandAdmin(auth), config: { operation } }, () => doctor.report());
  closeOtherMethods(api, '/doctor', ['GET']);
}
