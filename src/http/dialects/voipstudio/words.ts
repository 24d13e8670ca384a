// The vendor's enumerations, each twice: what a record shows, and the records that show it. A test holds both equal.
import type { StoredCdr } from '../../../cdr/cdr.ts';
import type { ColumnFilter } from '../../../cdr/columns.ts';

export type WordField = 'type' | 'disposition' | 'destination' | 'context';

/** Applications that say what a call was about, whatever its direction. */
const apps: Record<string, readonly string[]> = {
  IVR: ['BackGround', 'WaitExten', 'Read'],
  FOLLOW_ME: ['FollowMe'],
  TEST_CALL: ['Echo', 'Milliwatt', 'MusicOnHold'],
  QUEUE: ['Queue'],
  VOICEMAIL: ['VoiceMail', 'VoiceMailMain'],
  CONFERENCE: ['ConfBridge', 'MeetMe'],
};
const contextOfApp = new Map(Object.entries(apps).flatMap(([word, own]) => own.map((app) => [app, word])));
const mailbox = 'VoiceMail';

type Worded = Pick<StoredCdr, 'direction' | 'disposition' | 'lastapp' | 'dstchannel'>;

/** null where a party's side is unknown. */
export const wordOf: Record<WordField, (cdr: Worded) => string | null> = {
  type: ({ direction, disposition }) => {
    if (direction === null) return null;
    return isOut(direction) ? 'O' : disposition === 'ANSWERED' ? 'I' : 'M';
  },
  disposition: ({ disposition, lastapp, dstchannel }) => {
    if (disposition === 'ANSWERED') return lastapp === mailbox ? 'VM' : 'CONNECTED';
    // Somebody's phone was tried; a record knows nothing closer of ringing.
    const isTried = disposition === 'NO ANSWER' || disposition === 'CANCEL';
    return isTried && dstchannel ? 'RINGING' : 'INITIAL';
  },
  destination: ({ direction }) => (direction === null ? null : isOut(direction) ? 'out' : 'in'),
  context: ({ direction, lastapp }) => {
    const app = contextOfApp.get(lastapp ?? '');
    if (app !== undefined || direction === null) return app ?? null;
    return direction === 'internal' ? 'USER_LOCAL' : 'PSTN_CALL';
  },
};

/** An internal call goes out for who makes it. */
function isOut(direction: NonNullable<StoredCdr['direction']>): boolean {
  return direction === 'outbound' || direction === 'internal';
}

const is = (column: 'direction' | 'disposition' | 'lastapp', ...values: readonly string[]): ColumnFilter => ({
  any: values.map((value) => ({ column, is: '=', value })),
});
const going = is('direction', 'outbound', 'internal');
const coming = is('direction', 'inbound', 'transit');
const answered = is('disposition', 'ANSWERED');
const tried: ColumnFilter = {
  all: [is('disposition', 'NO ANSWER', 'CANCEL'), { column: 'dstchannel', is: 'filled', value: '' }],
};
const plainApp: ColumnFilter = { no: is('lastapp', ...contextOfApp.keys()) };

/** By what they are shown as; the order is that of the dictionary. */
export const recordsOf: Record<WordField, Readonly<Record<string, ColumnFilter>>> = {
  type: { O: going, I: { all: [coming, answered] }, M: { all: [coming, { no: answered }] } },
  disposition: {
    INITIAL: { no: { any: [answered, tried] } },
    RINGING: tried,
    CONNECTED: { all: [answered, { no: is('lastapp', mailbox) }] },
    VM: { all: [answered, is('lastapp', mailbox)] },
  },
  destination: { in: coming, out: going },
  context: {
    PSTN_CALL: { all: [is('direction', 'inbound', 'outbound', 'transit'), plainApp] },
    USER_LOCAL: { all: [is('direction', 'internal'), plainApp] },
    ...Object.fromEntries(Object.entries(apps).map(([word, own]) => [word, is('lastapp', ...own)])),
  },
};
