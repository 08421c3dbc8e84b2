"""Reads topics from their earliest message with a reader of Pulsar's own Python client; leaves no subscription behind.

usage: consume.py [--count N] [--timeout-ms MS] [--avro RECORD] topic...

Without --count: what is there now. With it: until N messages were read over all topics, or the time is up.
Prints a JSON object a line: topic, message_id, key, event_id, properties, publish_time_ms, event_time_ms, schema_version
(base64), payload_base64, and `json` where the payload is JSON or, with --avro, a record of records.py.
Exit code 1: fewer messages than asked for, or the broker refused.
"""

import argparse
import base64
import json
import sys
import time

import pulsar
from pulsar.schema import AvroSchema, Record

from connection import connect, id_text, leave
from records import RECORDS

SLICE_MS = 200


def plain(value):
    """A record as JSON: its fields without the client's own bookkeeping."""
    if isinstance(value, Record):
        return {name: plain(inner) for name, inner in vars(value).items() if not name.startswith("_")}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def decoded(payload, avro):
    try:
        if avro is None:
            return json.loads(payload)
        return plain(AvroSchema(RECORDS[avro]).decode(payload))
    except Exception:  # poison is what it is: shown by its bytes alone
        return None


def shown(topic, message, avro):
    payload = message.data()
    version = message.schema_version()
    return {
        "topic": topic,
        "message_id": id_text(message.message_id()),
        "key": message.partition_key() or None,
        "event_id": message.properties().get("event_id"),
        "properties": message.properties(),
        "publish_time_ms": message.publish_timestamp(),
        "event_time_ms": message.event_timestamp() or None,
        "schema_version": base64.b64encode(version if isinstance(version, bytes) else version.encode("latin-1")).decode()
        if version
        else None,
        "payload_base64": base64.b64encode(payload).decode(),
        "json": decoded(payload, avro),
    }


def read(client, arguments):
    readers = [(topic, client.create_reader(topic, pulsar.MessageId.earliest)) for topic in arguments.topic]
    until = time.monotonic() + arguments.timeout_ms / 1000
    count = 0
    while True:
        before = count
        for topic, reader in readers:
            while reader.has_message_available() and (arguments.count is None or count < arguments.count):
                print(json.dumps(shown(topic, reader.read_next(30_000), arguments.avro)), flush=True)
                count += 1
        if arguments.count is None and count == before:
            return True
        if arguments.count is not None and count >= arguments.count:
            return True
        if time.monotonic() > until:
            return arguments.count is None
        if count == before:
            time.sleep(SLICE_MS / 1000)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("topic", nargs="+")
    parser.add_argument("--count", type=int)
    parser.add_argument("--timeout-ms", type=int, default=10_000)
    parser.add_argument("--avro", choices=sorted(RECORDS))
    arguments = parser.parse_args()
    client = connect()
    try:
        return 0 if read(client, arguments) else 1
    except pulsar.PulsarException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    finally:
        client.close()


if __name__ == "__main__":
    leave(main())
