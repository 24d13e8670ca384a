// VoIPstudio's REST API, the History module: /v1.1/voipstudio and /v1.2/voipstudio, which are the same.
import type { Dialect } from '../../context.ts';
import { claims } from '../names.ts';
import { registerCallTracking } from './calltracking.ts';
import { pagerOf, registerCdrs } from './cdrs.ts';
import { registerChatMessages } from './chatmsgs.ts';
import { registerChats } from './chats.ts';
import { registerDictionary } from './dictionaries.ts';
import { document } from './document.ts';
import { registerMediaSessions } from './mediasessions.ts';
import { registerMonitors } from './monitors.ts';
import { registerMsdrs } from './msdrs.ts';
import { registerNotes } from './notes.ts';
import { refuse } from './refuse.ts';
import { registerSession } from './session.ts';
import { registerSms } from './sms.ts';
import { registerStatements } from './statements.ts';
import { registerTokens } from './tokens.ts';
import { registerTraces } from './traces.ts';
import { registerUserCdrs } from './usercdrs.ts';
import { registerVoicemessages } from './voicemessages.ts';

export const voipstudio: Dialect = {
  isDocumented: false,
  document,
  refuse,
  // The vendor lets pages of any origin in, with a token.
  cors: {
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    headers: ['Authorization', 'Content-Type', 'X-Auth-Token'],
  },
  register(api, context) {
    api.removeContentTypeParser('text/plain');
    const page = pagerOf(context);
    for (const base of claims.voipstudio.paths) {
      registerSession(api, context, base);
      registerTokens(api, context, base);
      registerDictionary(api, base, 'cdrs');
      registerCallTracking(api, context, base, page);
      registerCdrs(api, context, base, page);
      registerNotes(api, context, base);
      registerTraces(api, context, base);
      registerUserCdrs(api, context, base);
      registerChats(api, context, base);
      registerChatMessages(api, context, base);
      registerMonitors(api, context, base);
      registerMsdrs(api, context, base);
      registerMediaSessions(api, base);
      registerSms(api, base);
      registerStatements(api, context, base);
      registerVoicemessages(api, context, base);
    }
  },
};
