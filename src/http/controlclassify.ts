// The rules applied to history over the daemon's own socket: one slice a request, asked for by the command until there is no more.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { samplesMax, type Classifier } from '../ingest/classify.ts';
import { byCommand } from '../store/audit.ts';

/** Rules of a file with what belongs to them. */
const bodyMax = 8 * 1024 * 1024;

const closed = { additionalProperties: false };
const micros = Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));
const Ask = Type.Object(
  {
    after: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    from: micros,
    to: micros,
    isDryRun: Type.Boolean(),
    rules: Type.Optional(
      Type.Object(
        {
          systems: Type.Optional(Type.Unknown()),
          rules: Type.Optional(Type.Unknown()),
          lookups: Type.Optional(Type.Unknown()),
        },
        closed,
      ),
    ),
    samples: Type.Integer({ minimum: 0, maximum: samplesMax }),
    told: Type.Optional(Type.Array(Type.String({ maxLength: 600 }), { maxItems: 10_000 })),
    isFirst: Type.Boolean(),
  },
  closed,
);

export function registerControlClassify(app: FastifyInstance, classifier: Classifier): void {
  app.post('/classify', { schema: { body: Ask }, bodyLimit: bodyMax }, (request) =>
    classifier.slice(request.body as Static<typeof Ask>, byCommand, Date.now() * 1000),
  );
}
