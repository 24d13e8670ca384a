// What /openapi.json?dialect=voipstudio says: the addresses of this dialect, and its envelope of faults.
import { Type } from 'typebox';
import { bearer, type Told, type VendorDocument } from '../../documents/vendors.ts';
import { claims } from '../names.ts';

const noneYet = 'there are none here';
/** What an account that has none of it answers. */
const none = (resource: string, what: string, ...suffixes: string[]): Record<string, Told> => ({
  [`GET /${resource}`]: [`All ${what}: ${noneYet}`, 'read'],
  [`GET /${resource}/:id`]: [`One of the ${what}: ${noneYet}`, 'read'],
  ...Object.fromEntries(
    suffixes.map((suffix) => [
      `GET /${resource}/:id.${suffix}`,
      [`A file of the ${what}: ${noneYet}`, 'read'] as const,
    ]),
  ),
});
const gone = (resource: string, what: string): Record<string, Told> => ({
  [`DELETE /${resource}`]: [`Takes all ${what} away: ${noneYet}`, 'write'],
  [`DELETE /${resource}/:id`]: [`Takes some ${what} away: ${noneYet}`, 'write'],
});
const routes: Record<string, Told> = {
  'POST /login': ['A session token for email and password', 'nobody'],
  'POST /login2fa': ['Refused: nobody has a second factor here', 'nobody'],
  'GET /me': ['Who one is', 'read'],
  'GET /ping': ['Pong', 'read'],
  'GET /apitokens': ['The tokens that a user has made', 'read'],
  'POST /apitokens': ['A new token of the user', 'read'],
  'DELETE /apitokens/:token': ['Ends a token, by id or by itself', 'read'],
  'GET /cdrs': ['A page of records by filter, sort, page and limit, with an exact total', 'read'],
  'PATCH /cdrs': ['Writes info, labels and metadata of several records', 'write'],
  'DELETE /cdrs': ['Hides the records that the filter finds', 'admin'],
  'GET /cdrs/:id': ['One record', 'read'],
  'GET /cdrs/:id/notes': ['The notes of a record', 'read'],
  'GET /cdrs/:id.trace': [`The SIP trace of a record: ${noneYet}`, 'read'],
  'GET /cdrs/:id.pcap': [`The packets of a record: ${noneYet}`, 'read'],
  'GET /cdrs/calltracking': ['Records of the tracked numbers', 'read'],
  'GET /calltracking/cdrs': ['Records of the tracked numbers, by page', 'read'],
  'GET /users/:id/cdrs.csv': ['All records of a user, as CSV', 'read'],
  'GET /cdrs/dictionaries': ['The words of records, and their names', 'nobody'],
  'GET /msdrs/dictionaries': ['The words of text messages', 'nobody'],
  'GET /sms/dictionaries': ['The words of SMS', 'nobody'],
  'GET /mediasessions/dictionaries': ['The words of media sessions', 'nobody'],
  ...none('chats', 'chats'),
  ...none('msdrs', 'text messages', 'trace', 'pcap'),
  ...none('monitors', 'recordings', 'mp3'),
  ...none('voicemessages', 'voicemail', 'mp3'),
  ...gone('chatmsgs', 'messages of chats'),
  ...gone('monitors', 'recordings'),
  ...gone('voicemessages', 'voicemail'),
  'PATCH /voicemessages': [`Moves voicemail to folders: ${noneYet}`, 'write'],
  'DELETE /statements': [`Takes all statements away: ${noneYet}`, 'write'],
};

const envelope = Type.Object({
  message: Type.String(),
  errors: Type.Array(Type.Object({ code: Type.String(), message: Type.String(), field: Type.Optional(Type.String()) })),
});

export const document: VendorDocument = {
  title: 'VoIPstudio, the History module',
  routes: Object.fromEntries(
    claims.voipstudio.paths.flatMap((base) =>
      Object.entries(routes).map(([route, told]) => [route.replace(' ', ` ${base}`), told]),
    ),
  ),
  security: {
    token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' },
    basic: { type: 'http', scheme: 'basic', description: 'Any user id, and a token for its password.' },
    ...bearer,
  },
  fault: envelope,
};
