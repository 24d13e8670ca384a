// What bodies of DIDs, trunks and endpoints look like, over the network and over the daemon's own socket alike.
import { Type, type TSchema } from 'typebox';
import { endpointKinds, type ThingKind } from '../store/things.ts';
import { GivenName } from './bodies.ts';
import { trimmedPattern } from './validate.ts';

const closed = { additionalProperties: false };
const short = { pattern: trimmedPattern, maxLength: 255 };
const word = (description: string) => Type.String({ ...short, description });
const orNull = (description: string) => Type.Optional(Type.Union([Type.String(short), Type.Null()], { description }));

const company = orNull('handle of its company, which must be known; null: none');
const extension = orNull('number of its extension; null: none');
const name = Type.Optional(GivenName);
const peer = word('as in channels: PJSIP/telco, or telco for any technology');
const kind = Type.Enum([...endpointKinds], {
  description: 'extension: inside; trunk: outside; local: nobody knows; app: the PBX itself',
});

export const NewDid = Type.Object(
  { number: word('as the trunk delivers it; compared without +'), company, extension, name },
  { ...closed, title: 'NewDid' },
);
export const NewTrunk = Type.Object({ peer, company, name }, { ...closed, title: 'NewTrunk' });
export const NewEndpoint = Type.Object({ peer, kind, company, extension, name }, { ...closed, title: 'NewEndpoint' });

export const DidChange = Type.Object({ company, extension, name }, { ...closed, title: 'DidChange' });
export const TrunkChange = Type.Object({ company, name }, { ...closed, title: 'TrunkChange' });
export const EndpointChange = Type.Object(
  { kind: Type.Optional(kind), company, extension, name },
  { ...closed, title: 'EndpointChange' },
);

/** Of a new one, by kind. */
export const newThing: Record<ThingKind, TSchema> = { did: NewDid, trunk: NewTrunk, endpoint: NewEndpoint };
export const thingChange: Record<ThingKind, TSchema> = {
  did: DidChange,
  trunk: TrunkChange,
  endpoint: EndpointChange,
};

/** Absent is none. */
export function wholeThing(body: unknown): { company: string | null; extension: string | null; name: string | null } {
  return { company: null, extension: null, name: null, ...(body as object) };
}
