// What can be set for a listener: where, in which dialects, for which pages. What they may not be together is in listenerfaults.ts.
import { Type, type Static } from 'typebox';
import { dialectNames, usualDialects, type DialectName } from './dialects/names.ts';

export const CorsConfig = Type.Object(
  {
    origins: Type.Array(Type.String({ description: 'origin like https://app.example, or "*"' }), {
      default: [],
      maxItems: 100,
      description: 'origins whose pages may read the answers; none by default',
    }),
    credentials: Type.Union([Type.Literal('deny'), Type.Literal('allow')], {
      default: 'deny',
      description: 'allow: the session cookie is believed from pages of these origins too',
    }),
  },
  { additionalProperties: false, default: {}, description: 'pages of other origins that may read the answers' },
);

export const ListenerConfig = Type.Object(
  {
    host: Type.String({
      minLength: 1,
      default: '127.0.0.1',
      description: 'address to bind; 0.0.0.0 opens it to the network',
    }),
    port: Type.Integer({ minimum: 0, maximum: 65535, default: 8080, description: 'TCP port; 0 takes a free one' }),
    dialects: Type.Array(Type.Unsafe<DialectName>(Type.Union(dialectNames.map((name) => Type.Literal(name)))), {
      default: [...usualDialects],
      minItems: 1,
      maxItems: 20,
      description: 'which APIs it speaks',
    }),
    tls: Type.Optional(
      Type.Object(
        {
          cert: Type.String({ minLength: 1, description: 'PEM file: the certificate and those above it' }),
          key: Type.String({ minLength: 1, description: 'PEM file: its private key, without a password' }),
        },
        { additionalProperties: false, description: 'HTTPS in place of HTTP' },
      ),
    ),
    vhost: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$',
        maxLength: 253,
        description:
          'only for requests whose Host header has this name; entries of one host and port need different ones',
      }),
    ),
    prefix: Type.String({
      default: '',
      pattern: '^((/[A-Za-z0-9._~-]+)+)?$',
      maxLength: 100,
      description: 'what stands before every path of its dialects, like /portsip; empty: nothing',
    }),
    negotiate: Type.Boolean({
      default: false,
      description: 'true: of a path that two dialects own, requests with a bearer token go to the one that knows them',
    }),
    cors: CorsConfig,
  },
  { additionalProperties: false },
);

export type CorsConfig = Static<typeof CorsConfig>;
export type ListenerConfig = Static<typeof ListenerConfig>;

/** What of a listener says what it answers. */
export type Entry = Pick<ListenerConfig, 'dialects' | 'prefix' | 'vhost' | 'cors' | 'tls'>;

/** Where it listens when nobody says. */
export const usualListeners: { host: string; port: number; dialects?: DialectName[] }[] = [
  { host: '127.0.0.1', port: 8080 },
  // As this vendor's clients expect it.
  { host: '127.0.0.1', port: 8887, dialects: ['portsip'] },
];
