// What an operator can set of the store.
import { Type } from 'typebox';

export const StoreConfig = Type.Object(
  {
    url: Type.String({
      default: 'sqlite:var/cdrd.db',
      minLength: 1,
      description: 'sqlite:FILE or mysql://USER:PASSWORD@HOST:PORT/DATABASE',
    }),
    data_dir: Type.String({
      default: 'var',
      minLength: 1,
      description: 'folder of lock, control socket and admin token',
    }),
  },
  { additionalProperties: false, default: {} },
);
