// What /openapi.json?dialect=portsip says: the addresses of this dialect, and its envelope of faults.
import { Type } from 'typebox';
import { bearer, type Told, type VendorDocument } from '../../documents/vendors.ts';

const lists = (url: string, whose: string): Record<string, Told> => ({
  [`GET ${url}`]: [`Calls ${whose}, by filter, search, orderby, skip and top`, 'read'],
  [`POST ${url}`]: ['The same, with the options in the body', 'read'],
  [`GET ${url}/:id`]: ['One call with its records', 'read'],
  [`POST ${url}/:id`]: ['The same', 'read'],
});

export const document: VendorDocument = {
  title: 'PortSIP PBX',
  routes: {
    ...lists('/api/cdrs', 'that one may see'),
    ...lists('/api/user/cdrs', 'of a user'),
    'POST /api/login': ['An access token for a name and a password', 'nobody'],
    'GET /api/login': ['How long the access token is good', 'read'],
    'POST /api/login/oauth/token': ['An access token and a refresh token', 'nobody'],
    'POST /api/login/oauth/revoke': ['Ends a token and the other one of its pair', 'nobody'],
  },
  security: bearer,
  fault: Type.Object({
    errors: Type.Array(
      Type.Object({
        code: Type.String(),
        message: Type.String(),
        detail: Type.Optional(Type.Object({ field: Type.String(), message: Type.String() })),
      }),
    ),
  }),
};
