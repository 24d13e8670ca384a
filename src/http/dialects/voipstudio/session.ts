// Logging in, and who one is: /login, /login2fa, /me, /ping.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ClientError } from '../../../errors.ts';
import { companiesWithin, companyKey } from '../../../cdr/wall.ts';
import type { HttpContext } from '../../context.ts';
import { openSession } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { textsIn } from './body.ts';
import { demandHere, principalOf } from './gate.ts';

/** Anybody may make us read one. */
const bodyLimit = 8 * 1024;
const companiesMax = 10_000;

export function registerSession(api: FastifyInstance, context: HttpContext, base: string): void {
  const { auth } = context;
  const reading = { onRequest: demandHere(context, 'read') };

  api.post(`${base}/login`, { bodyLimit }, async (request) => {
    const { email, password } = textsIn(request.body, { email: 128, password: 1024 });
    const { secret, user } = await openSession(request, auth, email!, password!);
    return { message: 'Login success', user_token: secret, user_id: user.id };
  });

  api.post(`${base}/login2fa`, { bodyLimit }, async (request) => {
    textsIn(request.body, { code: 32, nonce: 512 });
    throw new ClientError(401, 'nobody here has a second factor: /login answers with the token itself');
  });

  api.get(`${base}/me`, reading, async (request) => ({ data: await whoIs(request, context), links: {} }));
  api.get(`${base}/ping`, reading, () => ({ data: { response: 'Pong' } }));

  closeOtherMethods(api, `${base}/login`, ['POST']);
  closeOtherMethods(api, `${base}/login2fa`, ['POST']);
  closeOtherMethods(api, `${base}/me`, ['GET']);
  closeOtherMethods(api, `${base}/ping`, ['GET']);
}

/** A user has one name here, which is its address too; a token has a name only. */
async function whoIs(request: FastifyRequest, { store }: HttpContext): Promise<object> {
  const { id, kind, name, within } = principalOf(request);
  const own = companiesWithin(within);
  const companies = own?.length === 1 ? await store.companies(own, 0, companiesMax) : [];
  const customer = companies.find(({ handle }) => companyKey(handle) === companyKey(own![0]!));
  const email = kind === 'user' ? name : null;
  return { id, email, first_name: name, last_name: null, customer_id: customer?.id ?? null };
}
