// Words of the API among which one chooses. Pure.
export const directions = ['inbound', 'outbound', 'internal', 'transit'] as const;
export const outcomes = ['answered', 'voicemail', 'abandoned', 'cancelled', 'missed', 'busy', 'failed'] as const;
/** Asterisk's own. */
export const dispositions = ['ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CONGESTION', 'CANCEL', 'UNKNOWN'] as const;
/** Of a call that goes on. */
export const states = ['dialing', 'ringing', 'talking', 'held', 'system'] as const;
