// Shapes in words, and HTML that cannot be broken by what is put into it.

/** Text that is HTML already. */
export interface Html {
  readonly text: string;
}
type Part = string | Html | readonly Part[];

/** A template: what is put in is escaped, unless it came from here. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const words = parts.map((part, at) => textOf(part) + texts[at + 1]!.replaceAll('\\n', '\n'));
  return { text: texts[0]! + words.join('') };
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function textOf(part: Part): string {
  if (typeof part === 'string') return part.replace(/[&<>"']/g, (sign) => escapes[sign]!);
  return 'text' in part ? part.text : part.map(textOf).join('');
}

/** What stands in backticks is code. */
export function prose(text = ''): Html {
  return { text: textOf(text).replace(/`([^`]+)`/g, '<code>$1</code>') };
}

/** What our shapes use of JSON Schema. */
export interface Shape {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Shape[];
  items?: Shape;
  properties?: Record<string, Shape>;
  additionalProperties?: Shape | boolean;
  required?: string[];
  description?: string;
  format?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

export interface Field {
  name: string;
  shape: Shape;
  isNeeded: boolean;
}

export function fieldsOf({ properties = {}, required = [] }: Shape): Field[] {
  return Object.entries(properties).map(([name, shape]) => ({ name, shape, isNeeded: required.includes(name) }));
}

/** `list of Cdr`, `whole number from 1 to 1000, 100 when absent` … names are links. */
export function shapeText(shape: Shape): Html {
  const { $ref, anyOf, items, type } = shape;
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1)!;
    return html`<a href="#shape-${name}">${name}</a>`;
  }
  if (anyOf) return joined(anyOf.map(shapeText), ' or ');
  if (items) return html`list${within('of', shape.minItems, shape.maxItems)} of ${shapeText(items)}`;
  if (shape.enum) return html`${shape.enum.map(String).join(', ')}${absent(shape)}`;
  if (shape.const !== undefined) return html`${JSON.stringify(shape.const)}`;
  if (type === 'object' && shape.properties) return html`{ ${joined(fieldsOf(shape).map(fieldText), ', ')} }`;
  if (type === 'object' && typeof shape.additionalProperties === 'object') {
    return html`object of ${shapeText(shape.additionalProperties)}`;
  }
  return html`${plainText(shape)}${absent(shape)}`;
}

const fieldText = ({ name, shape }: Field) => html`${name}: ${shapeText(shape)}`;

function joined(parts: readonly Html[], by: string): Html {
  return { text: parts.map(({ text }) => text).join(by) };
}

const words: Record<string, string> = {
  integer: 'whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'list',
};

function plainText({ type, format, ...shape }: Shape): string {
  if (format === 'date-time') return 'time (RFC 3339)';
  const types = [type ?? 'anything'].flat().map((name) => words[name] ?? name);
  const isText = type === 'string';
  const bounds = isText ? within('of', shape.minLength, shape.maxLength) : within('from', shape.minimum, shape.maximum);
  return `${types.join(' or ')}${bounds}${isText && bounds ? ' characters' : ''}`;
}

function within(word: string, least: number | undefined, most: number | undefined): string {
  const to = most === undefined || most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
  if (least === undefined) return to && ` up${to}`;
  return to || least > 0 || word === 'from' ? ` ${word} ${least}${to}` : '';
}

function absent({ default: value }: Shape): string {
  return value === undefined ? '' : `, ${JSON.stringify(value)} when absent`;
}
