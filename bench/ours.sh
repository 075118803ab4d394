#!/bin/sh
# One round of the comparison: all mail that waits in the inbox, with no memory of an earlier round.
# BENCH_ROOT: a scratch folder, in which the state is kept.
rm -rf "${BENCH_ROOT:?}/mailrouter.state"
here=$(cd "$(dirname "$0")" && pwd)
MAILROUTER_MAILBOX__PASSWORD=${MAILROUTER_MAILBOX__PASSWORD:-test}
export MAILROUTER_MAILBOX__PASSWORD
exec "$here/../.venv/bin/mailrouter" run --once --config "$here/config"
