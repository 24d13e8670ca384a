// AsyncAPI 3 of the feed: every message both ways, from the very shapes that livemessage.ts checks and livewords.ts sends.
import type { TSchema } from 'typebox';
import { CallFilterShape } from '../callfilter.ts';
import { FilterShape } from '../filter.ts';
import { said } from '../livemessage.ts';
import { streamed, told } from '../livewords.ts';
import { hoist } from './hoist.ts';

interface Named {
  title: string;
  description: string;
}
const namesOf = (shapes: readonly TSchema[]) => shapes.map((shape) => (shape as unknown as Named).title);

const description =
  'Every change of a record has a place (seq) in one sequence. Subscribe with the last seq and the generation one knows, and go on there: ' +
  'no hole, no double. A client that reads too slowly is closed with 1013 and resumes; 1001: the server stops; 1008: the token does not count ' +
  '(any more) or did not come; 1009: a message was larger than 8,192 bytes; 4429: more than 100 messages and limits.live_subscriptions came ' +
  'within a minute; 1011: a fault of the server. Messages may come in a burst: they are taken one after the other.';

/** `prefix`: what stands before the addresses of the feed on this listener. */
export function asyncapiOf(version: string, prefix: string): object {
  const messages = Object.fromEntries(
    [...said, ...new Set([...told, ...streamed])].map((shape) => {
      const { title, description: summary } = shape as unknown as Named;
      return [
        title,
        { name: title, title: title.toLowerCase(), summary, contentType: 'application/json', payload: shape },
      ];
    }),
  );
  const { document, schemas } = hoist({ messages }, [FilterShape, CallFilterShape]);
  return {
    asyncapi: '3.0.0',
    info: { title: 'cdrd feed', version, description },
    defaultContentType: 'application/json',
    channels: {
      live: {
        address: `${prefix}/live`,
        title: 'The feed over WebSocket',
        description:
          'The token goes into the Authorization header, or as a subprotocol (cdrd.v1, cdrd.token.BASE64URL), or into a first message within ' +
          'auth.login_seconds; a browser with a session of this origin needs none. Never into the URL.',
        messages: refs('#/components/messages/', namesOf([...said, ...told])),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
      events: {
        address: `${prefix}/api/v1/live`,
        title: 'The feed as an event stream (SSE)',
        description:
          'The same messages as data of events; the event is the "type", the id GENERATION:SEQ is where Last-Event-ID resumes. ' +
          'After and filter are query parameters, see /openapi.json. After resync the stream goes on by itself.',
        messages: refs('#/components/messages/', namesOf(streamed)),
      },
    },
    operations: {
      hear: operation('receive', 'live', 'What a client says.', namesOf(said)),
      tell: operation('send', 'live', 'What a client is told.', namesOf(told)),
      stream: operation('send', 'events', 'What an event stream tells.', namesOf(streamed)),
    },
    components: {
      ...document,
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'An API token; never in the URL.' } },
    },
  };
}

function operation(action: 'send' | 'receive', channel: string, summary: string, names: readonly string[]) {
  const messages = names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` }));
  return { action, channel: { $ref: `#/channels/${channel}` }, summary, messages };
}

function refs(at: string, names: readonly string[]): Record<string, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: at + name }]));
}
