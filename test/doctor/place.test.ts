import { Value } from 'typebox/value';
import { expect, it, vi } from 'vitest';
import { examine } from '../../src/doctor/doctor.ts';
import { AmiConfig } from '../../src/sources/ami/config.ts';
import { silent } from '../support/store.ts';

vi.mock('node:os', async (original) => ({
  ...(await original<object>()),
  networkInterfaces: () => {
    throw new Error('uv_interface_addresses returned Unknown system error 97');
  },
}));

it('examines where nobody may ask for the addresses of this machine, as the daemon under systemd', async () => {
  const ami = Value.Default(AmiConfig, { host: 'pbx.invalid', username: 'cdrd', secret: 's3cret' }) as AmiConfig;
  const patient = { system: 'pbx1', timezone: 'UTC', etc: 'auto', ami };
  const { findings } = await examine({ patients: [patient], own: null, daemon: 'none', log: silent });
  expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['etc-elsewhere', 'ami-login']));
});
