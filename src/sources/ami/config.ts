// What can be set for one AMI connection. Only shapes and limits; what they do is said in client.ts and ami.ts.
import { Type, type Static } from 'typebox';

/** A value that is put on the wire as a header: a line break in it would start a header or an action of its own. */
const oneLine = { minLength: 1, pattern: '^[^\\r\\n\\u0000]*$' };

/** A day: longer waits are surely a slip, and a Node timer beyond 24.8 days fires at once. */
const daySeconds = 86_400;

function seconds(value: number, description: string) {
  return Type.Number({ exclusiveMinimum: 0, maximum: daySeconds, default: value, description });
}

export const AmiConfig = Type.Object(
  {
    host: Type.String({ ...oneLine, default: '127.0.0.1', description: 'Name or address of the Asterisk server.' }),
    port: Type.Integer({
      minimum: 1,
      maximum: 65_535,
      default: 5038,
      description: 'Port of the manager interface: 5038, with TLS usually 5039.',
    }),
    username: Type.String({
      ...oneLine,
      description:
        'Section name of the user in manager.conf; it needs read = cdr (with events: calls, read = cdr,call) and nothing else.',
    }),
    secret: Type.String({ ...oneLine, description: 'Its secret. Better given in the environment than in this file.' }),
    events: Type.Enum(['cdr', 'calls'], {
      default: 'cdr',
      description:
        'cdr: call records only. calls: also who rings and talks now, ring time, hangup side and cause; the user needs read = cdr,call then.',
    }),
    ping_seconds: seconds(10, 'Time between pings; a line that has died in silence is noticed within twice this.'),
    connect_seconds: seconds(5, 'Longest wait for connection and login together; longer while records come.'),
    reconnect_min_seconds: seconds(1, 'First wait after a lost line; it doubles with every failure.'),
    reconnect_max_seconds: seconds(60, 'Longest wait after a lost line.'),
    refused_wait_seconds: seconds(300, 'Wait after a refused login: long, so that fail2ban does not lock us out.'),
    buffer_rows: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 10_000,
      description: 'Rows kept while the store is slower than Asterisk; beyond this the newest are dropped and counted.',
    }),
    tls: Type.Union([Type.Literal('off'), Type.Literal('verify'), Type.Literal('insecure')], {
      default: 'off',
      description: 'off: plain text. verify: TLS, the certificate must be good. insecure: TLS, any certificate.',
    }),
    tls_ca: Type.Optional(
      Type.String({ minLength: 1, description: 'PEM file that replaces the system authorities when tls is verify.' }),
    ),
  },
  {
    additionalProperties: false,
    description: 'Asterisk Manager Interface: hears a record the moment a call ends. Left out: not used.',
  },
);
export type AmiConfig = Static<typeof AmiConfig>;
