// PortSIP's /api: calls with their records, and the log-in that gives tokens. Nothing can be written.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ClientError } from '../../../errors.ts';
import { forgetEmptyBody } from '../../bodiless.ts';
import type { Dialect, HttpContext } from '../../context.ts';
import { principals } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { demandHere, registerLogin } from './auth.ts';
import { Book } from './book.ts';
import { readForms } from './body.ts';
import { document } from './document.ts';
import { Finder, type Reader } from './find.ts';
import { registerOauth } from './oauth.ts';
import { readOptions } from './options.ts';
import { refuse } from './refuse.ts';
import { toParts } from './shape.ts';

export const portsip: Dialect = {
  isDocumented: false,
  document,
  refuse,
  register(api, context) {
    api.removeContentTypeParser('text/plain');
    readForms(api);
    registerLogin(api, context);
    registerOauth(api, context);
    const finder = new Finder(context);
    // Who is bound to extensions sees their calls anywhere; the second address is that of the vendor's apps for users.
    for (const url of ['/api/cdrs', '/api/user/cdrs']) registerCdrs(api, context, finder, url);
  },
};

/** The vendor's guide shows the list as a POST, too: "each action supports GET and POST". */
function registerCdrs(api: FastifyInstance, context: HttpContext, finder: Finder, url: string): void {
  const { store } = context;
  const gate = demandHere(context);
  // A POST may ask for nothing.
  const onRequest = async (request: FastifyRequest) => {
    await gate(request);
    forgetEmptyBody(request);
  };
  const withinOf = (request: FastifyRequest) => principals.get(request)!.within;
  const readerOf = (request: FastifyRequest): Reader => {
    const { kind, id, within } = principals.get(request)!;
    return { owner: `${kind} ${id}`, within };
  };

  for (const method of ['GET', 'POST'] as const) {
    api.route({
      ...{ method, url, onRequest },
      handler: (request) => finder.find(readOptions(request.query, request.body), readerOf(request)),
    });

    api.route({
      ...{ method, url: `${url}/:id`, onRequest },
      handler: async (request) => {
        const text = (request.params as { id: string }).id;
        const within = withinOf(request);
        const id = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : NaN;
        const call = Number.isSafeInteger(id) ? await store.call(id, within) : undefined;
        if (!call) throw new ClientError(404, `there is no CDR ${text.slice(0, 50)}`);
        return { items: toParts(call, await Book.read(store, within)) };
      },
    });
  }

  closeOtherMethods(api, url, ['GET', 'POST']);
  closeOtherMethods(api, `${url}/:id`, ['GET', 'POST']);
}
