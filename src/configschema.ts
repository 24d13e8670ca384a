// The configuration as a JSON Schema for editors: made of the rooms' own schemas, so that it cannot say anything else than the daemon does.
import { Config } from './config.ts';

/** What the sections at the top are for; their keys say it themselves. */
const sections: Record<keyof typeof Config.properties, string> = {
  store: 'Where records are kept.',
  systems: 'Your Asterisk servers, each with one way in or both: AMI is fast, the table is complete.',
  rules: 'Whose a record is: rules of all systems, tried after their own and before those of their presets.',
  lookups: 'Tables for the rules, from CSV files, by their names.',
  listeners:
    'Where the API listens. An address other than loopback opens it to the network: give it tls, or put TLS in front.',
  dialects: 'What single dialects may be told, where their vendors say nothing.',
  auth: 'Tokens, sessions, logging in.',
  completeness: 'The proof that no record is missing.',
  rejects: 'Rows that could not be understood: how long they are kept.',
  retention: 'How long records are kept, and when they are anonymised.',
  jobs: 'Work that is done by the clock.',
  webhooks: 'Where changes are posted to, as they happen.',
  log: 'What is written to stdout, and how.',
  limits: 'How much at once, how long at most.',
};

interface Form {
  [key: string]: unknown;
}

/** JSON Schema draft 7, which editors know best. Keys with a default may be left out; `${NAME}` is good wherever a text is. */
export function configSchema(): object {
  const { properties, ...rest } = forEditors(Config) as { properties: Record<string, Form> };
  const described = Object.entries(sections).map(([name, description]) => [name, { description, ...properties[name] }]);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'cdrd.yaml',
    description: 'The configuration of cdrd. Text values may hold ${NAME}, which is taken from the environment.',
    ...rest,
    properties: Object.fromEntries(described) as object,
  };
}

function forEditors(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(forEditors);
  if (typeof node !== 'object' || node === null) return node;
  const form: Form = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, forEditors(value)]));
  const { required, properties, pattern } = form as {
    required?: string[];
    properties?: Record<string, Form>;
    pattern?: string;
  };
  // The environment is looked at before the pattern is.
  if (typeof pattern === 'string') form['pattern'] = `${pattern}|\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}`;
  if (Array.isArray(required) && typeof properties === 'object') {
    form['required'] = required.filter((name) => !Object.hasOwn(properties[name] ?? {}, 'default'));
  }
  return form;
}
