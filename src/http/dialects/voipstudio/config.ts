// What can be set for this dialect, where its vendor's documents are silent.
import { Type, type Static } from 'typebox';

const word = <A extends string, B extends string>(a: A, b: B, description: string) =>
  Type.Union([Type.Literal(a), Type.Literal(b)], { default: a, description });

export const VoipstudioConfig = Type.Object(
  {
    bulk_delete: word(
      'allow',
      'deny',
      'allow: DELETE /cdrs hides records, for admins, and can be taken back; deny: nobody may',
    ),
    foreign_ids: word(
      'not_found',
      'denied',
      'a record of another company: not_found: 404, as if there were none; denied: 403',
    ),
    notes: word('list', 'cdr', 'GET /cdrs/ID/notes: list: the notes; cdr: the record with its notes in it'),
    tracking_numbers: Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
      default: [],
      maxItems: 1000,
      description:
        'numbers that are called from advertisements, as the trunk delivers them: what calltracking is about',
    }),
  },
  { additionalProperties: false, default: {}, description: 'VoIPstudio' },
);
export type VoipstudioConfig = Static<typeof VoipstudioConfig>;
