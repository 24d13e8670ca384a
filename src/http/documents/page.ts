// /docs: both documents as one page to read, made here. It needs no script, so it works under the strictest policy and in any browser.
import { fieldsOf, html, prose, shapeText, type Html, type Shape } from './pageshape.ts';

interface Media {
  schema: Shape;
}
interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Shape;
}
interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media> }>;
}
interface Openapi {
  info: { version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  /** What is posted to others. */
  webhooks: Record<string, { post: Operation }>;
  components: { schemas: Record<string, Shape> };
}
interface Message {
  name: string;
  summary: string;
  payload: Shape;
}
interface Asyncapi {
  info: { description: string };
  channels: Record<string, { address: string; description: string }>;
  operations: Record<string, { summary: string; messages: { $ref: string }[] }>;
  components: { messages: Record<string, Message>; schemas: Record<string, Shape> };
}

/** `vendors`: dialects that have a document of their own here. */
export function pageOf(openapi: object, asyncapi: object, vendors: readonly string[] = []): string {
  const [rest, feed] = [openapi as Openapi, asyncapi as Asyncapi];
  const shapes = { ...feed.components.schemas, ...rest.components.schemas };
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>cdrd API</title>
        <link rel="stylesheet" href="/docs/style.css" />
      </head>
      <body>
        <header>
          <h1>cdrd ${rest.info.version}</h1>
          <p>${rest.info.description}</p>
          <p>A token goes into the header <code>Authorization: Bearer TOKEN</code>, never into the URL.</p>
          <p>
            For tools: <a href="/openapi.json">OpenAPI 3.1</a>, <a href="/asyncapi.json">AsyncAPI 3</a>,
            <a href="/client.js">the client</a>.
            ${vendors.map((name) => html`<a href="/openapi.json?dialect=${name}">OpenAPI of ${name}</a> `)}
          </p>
          <nav>
            ${rest.tags.map(({ name }) => html`<a href="#${name}">${name}</a> `)}<a href="#webhooks">webhooks</a>
            <a href="#messages">messages</a>
            <a href="#shapes">shapes</a>
          </nav>
        </header>
        <main>
          ${rest.tags.map(({ name, description }) => chapter(name, description, operationsOf(rest, name)))}
          ${chapter('webhooks', posted, webhookLines(rest))} ${messages(feed)}
          <section id="shapes">
            <h2>shapes</h2>
            ${Object.keys(shapes)
              .sort()
              .map((name) => shapeSection(name, shapes[name]!))}
          </section>
        </main>
      </body>
    </html> `;
  return page.text;
}

type Line = [method: string, path: string, operation: Operation];

function operationsOf({ paths }: Openapi, tag: string): Line[] {
  const lines = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Line => [method.toUpperCase(), path, operation]),
  );
  return lines.filter(([, , { tags }]) => tags.includes(tag));
}

const posted =
  'What cdrd posts to the URLs in `webhooks` of the configuration, by what it is about. Answer 2xx; take what you do not know with 2xx, too.';

function webhookLines({ webhooks }: Openapi): Line[] {
  return Object.entries(webhooks).map(([name, { post }]): Line => ['POST', name, post]);
}

function chapter(name: string, description: string, lines: readonly Line[]): Html {
  return html`<section id="${name}">
    <h2>${name}</h2>
    <p>${prose(description)}</p>
    ${lines.map(operationSection)}
  </section> `;
}

function operationSection([method, path, operation]: Line): Html {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  const bodies = Object.entries(requestBody?.content ?? {});
  return html`<details>
    <summary><b>${method}</b> <code>${path}</code> <span>${summary}</span></summary>
    <p id="${operationId}">${prose(description)}</p>
    ${
      parameters.length > 0
        ? html`<h4>parameters</h4>
            <dl>${parameters.map(parameterLine)}</dl>`
        : ''
    }
    ${bodies.map(
      ([type, { schema }]) =>
        html`<h4>body</h4>
          <p>${shapeText(schema)} as <code>${type}</code></p> `,
    )}
    <h4>answers</h4>
    <dl>${Object.entries(responses).map(([status, answer]) => answerLine(status, answer))}</dl>
  </details> `;
}

function parameterLine({ name, required, description, schema, ...where }: Parameter): Html {
  const place = where.in === 'path' ? ', in the path' : required ? ', needed' : '';
  return html`<dt><code>${name}</code> <i>${shapeText(schema)}${place}</i></dt>
    <dd>${prose(description)}</dd> `;
}

function answerLine(status: string, { description, content = {} }: Operation['responses'][string]): Html {
  const media = Object.entries(content).map(([type, { schema }]) => html`${shapeText(schema)} as <code>${type}</code>`);
  return html`<dt><b>${status}</b> <i>${media}</i></dt>
    <dd>${prose(description)}</dd> `;
}

function messages({ info, channels, operations, components }: Asyncapi): Html {
  return html`<section id="messages">
    <h2>messages</h2>
    <p>${info.description}</p>
    ${Object.values(channels).map(({ address, description }) => html`<p><code>${address}</code> ${description}</p> `)}
    ${Object.values(operations).map(
      ({ summary, messages: refs }) =>
        html`<h3>${summary}</h3>
          <dl>${refs.map(({ $ref }) => messageLine(components.messages[$ref.split('/').at(-1)!]!))}</dl> `,
    )}
  </section> `;
}

function messageLine({ payload, summary }: Message): Html {
  return html`<dt>${shapeText(payload)}</dt>
    <dd>${summary}</dd> `;
}

function shapeSection(name: string, shape: Shape): Html {
  const fields = fieldsOf(shape);
  return html`<details>
    <summary><code>${name}</code></summary>
    <p id="shape-${name}">${prose(shape.description)}</p>
    ${fields.length === 0 ? html`<p>${shapeText(shape)}</p>` : ''}
    <dl>
      ${fields.map(
        ({ name: field, isNeeded, shape: of }) =>
          html`<dt><code>${field}</code> <i>${shapeText(of)}${isNeeded ? '' : ', may be absent'}</i></dt>
            <dd>${prose(of.description)}</dd> `,
      )}
    </dl>
  </details> `;
}
