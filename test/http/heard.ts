// Every message that these tests hear on the feed, or say there and are understood, compared with the document of the feed.
import { asyncapiOf } from '../../src/http/documents/asyncapi.ts';
import { ajv } from './documented.ts';

const document = asyncapiOf('0.0.0-test', '') as {
  operations: Record<string, { messages: { $ref: string }[] }>;
  components: { schemas: Record<string, object> };
};
const judge = ajv().addSchema(document, 'asyncapi');

function checkOf(operation: string) {
  const names = document.operations[operation]!.messages.map(({ $ref }) => $ref.split('/').at(-1)!);
  // By its type: there are many messages, and few schemas are slow to ask.
  const byType = names.map((name) => {
    const check = judge.getSchema(`asyncapi#/components/schemas/${name}`)!;
    return [typeOf(name), check] as const;
  });
  return Map.groupBy<unknown, (typeof byType)[number]>(byType, ([type]) => type);
}

/** The `type` of the messages of a schema; a union has the same in each part. */
function typeOf(name: string): string {
  interface Shape {
    anyOf?: Shape[];
    properties?: { type: { const: string } };
  }
  const shape = document.components.schemas[name] as Shape;
  return (shape.anyOf?.[0] ?? shape).properties!.type.const;
}
const checks = { tell: checkOf('tell'), stream: checkOf('stream'), hear: checkOf('hear') };

/** The parsed message. @throws Error when /asyncapi.json knows no such message. */
export function heard<Message>(text: string, operation: keyof typeof checks = 'tell'): Message {
  const message = JSON.parse(text) as Message;
  if (isDescribed(message, operation)) return message;
  const errors = checksFor(message, operation).flatMap(([, check]) => check.errors ?? []);
  throw new Error(`/asyncapi.json knows no message like ${text}: ${judge.errorsText(errors)}`);
}

function checksFor(message: unknown, operation: keyof typeof checks) {
  return checks[operation].get((message as { type?: unknown } | null)?.type) ?? [];
}

export function isDescribed(message: unknown, operation: keyof typeof checks): boolean {
  return checksFor(message, operation).some(([, check]) => check(message) === true);
}
