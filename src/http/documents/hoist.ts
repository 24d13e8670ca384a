// Shapes that have a name (a `title` like CdrPage) stand once in a document, under components/schemas; elsewhere is a reference.

interface Loose {
  [key: string]: unknown;
}

const isName = (title: unknown): title is string => typeof title === 'string' && /^[A-Z][A-Za-z]+$/.test(title);

export interface Hoisted {
  document: Loose;
  schemas: Record<string, unknown>;
}

/**
 * `given`: shapes that refer to themselves, by name; wherever the name stands, they are meant.
 * @throws Error when two different shapes have one name.
 */
export function hoist(document: object, given: readonly object[] = []): Hoisted {
  const schemas: Record<string, unknown> = {};
  const seen = new Map<string, string>();

  const inside = (node: Loose): Loose => {
    const entries = Object.entries(node).map(([key, value]): [string, unknown] => [key, walk(value)]);
    return withoutDefaults(Object.fromEntries(entries));
  };
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    const { title } = node as Loose;
    if (!isName(title)) return inside(node as Loose);
    const meant = given.find((shape) => (shape as Loose)['title'] === title) ?? node;
    const text = JSON.stringify(meant);
    if (seen.has(title) && seen.get(title) !== text) throw new Error(`two shapes are called ${title}`);
    if (!seen.has(title)) {
      seen.set(title, text);
      schemas[title] = inside(meant as Loose);
    }
    return { $ref: `#/components/schemas/${title}` };
  };

  return { document: walk(document) as Loose, schemas };
}

/** What has a default may be left out: our validator fills it in before it asks whether it is there. */
function withoutDefaults(schema: Loose): Loose {
  const { required, properties } = schema as { required?: unknown; properties?: Record<string, Loose> };
  if (schema['in'] !== undefined && Object.hasOwn((schema['schema'] as Loose | undefined) ?? {}, 'default')) {
    return { ...schema, required: false };
  }
  if (!Array.isArray(required) || typeof properties !== 'object') return schema;
  const needed = (required as string[]).filter((name) => !Object.hasOwn(properties[name] ?? {}, 'default'));
  const rest = { ...schema, required: needed } as Loose;
  if (needed.length === 0) delete rest['required'];
  return rest;
}
