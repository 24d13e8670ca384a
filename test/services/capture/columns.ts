// The columns of a captured record; pbx/cdr_custom.conf writes them in this order.

export const columns = [
  ...['start', 'answer', 'end', 'clid', 'src', 'dst', 'dcontext', 'channel', 'dstchannel', 'lastapp', 'lastdata'],
  ...['duration', 'billsec', 'disposition', 'amaflags', 'accountcode', 'uniqueid', 'linkedid', 'peeraccount'],
  ...['userfield', 'did', 'sequence'],
] as const;
