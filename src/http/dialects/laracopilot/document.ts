// What /openapi.json?dialect=laracopilot says: the addresses of this dialect, and its envelope of faults.
import { Type } from 'typebox';
import { bearer, type Told, type VendorDocument } from '../../documents/vendors.ts';

const crud = (name: string, what: string, needs: 'write' | 'admin!'): Record<string, Told> => ({
  [`GET /api/${name}s`]: [`All ${what}s; search looks at their texts`, 'read'],
  [`POST /api/${name}s`]: [`A new ${what}`, needs],
  [`GET /api/${name}s/:${name}`]: [`One ${what}`, 'read'],
  [`PUT /api/${name}s/:${name}`]: [`Writes over a ${what}: all fields`, needs],
  [`PATCH /api/${name}s/:${name}`]: ['The same; all fields are needed here, too', needs],
  [`DELETE /api/${name}s/:${name}`]: [`Takes a ${what} away`, needs],
});

export const document: VendorDocument = {
  title: 'LaraCopilot',
  routes: {
    ...crud('cdr', 'record', 'write'),
    ...crud('tenant', 'tenant', 'admin!'),
    ...crud('extension', 'number of a tenant', 'admin!'),
    ...crud('rate', 'rate', 'admin!'),
    'POST /api/admin/login': ['Opens a session for email and password', 'nobody'],
    'POST /api/admin/logout': ['Ends the session', 'nobody'],
    'GET /api/admin/me': ['Who one is', 'read'],
  },
  security: { session: { type: 'apiKey', in: 'cookie', name: 'laravel_session' }, ...bearer },
  fault: Type.Object({
    message: Type.String(),
    errors: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
  }),
};
