#!/bin/sh
# cdrd with the runtime that came with it and the configuration of the service.
: "${CDRD_CONFIG:=/etc/cdrd/cdrd.yaml}"
export CDRD_CONFIG
# The service keeps compiled code in its own cache; a command leaves nothing behind.
[ -n "$NODE_COMPILE_CACHE" ] || export NODE_DISABLE_COMPILE_CACHE=1
exec /usr/lib/cdrd/bin/node /usr/lib/cdrd/src/cdrd.cjs "$@"
