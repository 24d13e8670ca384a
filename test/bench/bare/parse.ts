// The reference of ami-to-store: asterisk-manager alone. Events are parsed, counted and thrown away.
// Usage: parse.ts PORT USERNAME SECRET; tells its count over IPC.
import Manager from 'asterisk-manager';

const [port, username, secret] = process.argv.slice(2) as [string, string, string];
const tellMs = 10;
let count = 0;
let told = 0;

const manager = new Manager(undefined, undefined, username, secret, false);
manager.on('cdr', () => void (count += 1));
manager.connect(port, undefined, () =>
  manager.login((refusal) => {
    if (refusal !== undefined) throw new Error('the peer refused the login');
    process.stdout.write('up\n');
  }),
);
setInterval(() => {
  if (count !== told) process.send?.((told = count));
}, tellMs);
process.on('disconnect', () => process.exit());
