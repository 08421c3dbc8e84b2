"""A connection to the broker that the STACK_PULSAR_* variables name, with the client's own log kept off standard output."""

import logging
import os
import sys

import pulsar


def connect():
    missing = [name for name in ("STACK_PULSAR_BINARY_URL", "STACK_PULSAR_TOKEN") if not os.environ.get(name)]
    if missing:
        sys.exit(f"missing in the environment: {', '.join(missing)}")
    logger = logging.getLogger("pulsar")
    logger.addHandler(logging.StreamHandler(sys.stderr))
    logger.setLevel(logging.ERROR)
    return pulsar.Client(
        os.environ["STACK_PULSAR_BINARY_URL"],
        authentication=pulsar.AuthenticationToken(os.environ["STACK_PULSAR_TOKEN"]),
        operation_timeout_seconds=30,
        logger=logger,
    )


def leave(code):
    """Ends without the interpreter's own shutdown, in which the client's threads can abort the process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def id_text(message_id):
    """ledger:entry:partition:batch, as the broker names a message."""
    return f"{message_id.ledger_id()}:{message_id.entry_id()}:{message_id.partition()}:{message_id.batch_index()}"
