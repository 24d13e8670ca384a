// LaraCopilot's /api: records with their tenants and extensions, and the rates that give them their cost.
import type { Dialect } from '../../context.ts';
import { registerAuth } from './auth.ts';
import { registerCdrs } from './cdrs.ts';
import { document } from './document.ts';
import { registerResources } from './resources.ts';
import { refuse } from './refuse.ts';

export const laracopilot: Dialect = {
  isDocumented: false,
  document,
  refuse,
  // What axios and Laravel's own pages send.
  headers: { sent: ['X-Requested-With', 'X-XSRF-Token'], told: [] },
  register(api, context) {
    // A page elsewhere can send a text without asking first, and the cookie comes along.
    api.removeContentTypeParser('text/plain');
    // The vendor's headings have a slash at the end where an id was lost.
    api.addHook('onRoute', ({ routePath, ...route }) => {
      if (route.method === 'HEAD' || routePath.endsWith('/')) return;
      api.route({ ...route, url: `${routePath}/` });
    });
    registerAuth(api, context);
    registerCdrs(api, context);
    registerResources(api, context);
  },
};
