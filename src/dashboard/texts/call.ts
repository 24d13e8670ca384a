// Texts of a call in full: English, German.
export const call = {
  'call.title': ['Call {id}', 'Anruf {id}'],
} as const;
