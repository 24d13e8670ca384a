// Every message that these tests hear on the feed, or say there and are understood, compared with the document of the feed.
import { asyncapiOf } from '../../src/http/documents/asyncapi.ts';
import { ajv } from './documented.ts';

const document = asyncapiOf('0.0.0-test') as {
  operations: Record<string, { messages: { $ref: string }[] }>;
};
const judge = ajv().addSchema(document, 'asyncapi');

function checkOf(operation: string) {
  const names = document.operations[operation]!.messages.map(({ $ref }) => $ref.split('/').at(-1)!);
  return judge.compile({ anyOf: names.map((name) => ({ $ref: `asyncapi#/components/schemas/${name}` })) });
}
const checks = { tell: checkOf('tell'), stream: checkOf('stream'), hear: checkOf('hear') };

/** The parsed message. @throws Error when /asyncapi.json knows no such message. */
export function heard<Message>(text: string, operation: keyof typeof checks = 'tell'): Message {
  const message = JSON.parse(text) as Message;
  if (isDescribed(message, operation)) return message;
  throw new Error(`/asyncapi.json knows no message like ${text}: ${judge.errorsText(checks[operation].errors)}`);
}

export function isDescribed(message: unknown, operation: keyof typeof checks): boolean {
  return checks[operation](message);
}
