"""Publishes a script of messages with Pulsar's own Python client, as upstream services do.

usage: publish.py [script.json]      (without a file: the script on standard input)

The script is a JSON list, or an object with `messages`; each message is

  {"topic": "persistent://tenant/namespace/topic",
   "avro": "tenant-created", "value": {...}        an Avro record of records.py, schema registered by the client
 | "json": {...}                                   UTF-8 JSON without a schema
 | "text": "..." | "base64": "..."                 these bytes as they are: poison
   "key": "...", "properties": {"event_id": "..."}, "event_timestamp": ms,     all optional
   "repeat": 2}                                    the same message again, under the same event_id

Prints a JSON list of {index, repeat, topic, message_id} in order. Exit code 2: the script is wrong; 1: the broker refused.
"""

import base64
import json
import sys

import pulsar
from pulsar.schema import AvroSchema, BytesSchema

from connection import connect, id_text, leave
from records import RECORDS, record_of

FORMS = ("avro", "json", "text", "base64")


def content_of(message):
    """The schema's name and the content to send."""
    forms = [form for form in FORMS if form in message]
    if len(forms) != 1:
        raise ValueError(f"a message has exactly one of {', '.join(FORMS)}, got {forms or list(message)}")
    form = forms[0]
    if form == "avro":
        return message["avro"], record_of(message["avro"], message.get("value", {}))
    if form == "json":
        return None, json.dumps(message["json"], separators=(",", ":")).encode()
    return None, message["text"].encode() if form == "text" else base64.b64decode(message["base64"])


def producer_for(client, producers, topic, record):
    if (topic, record) not in producers:
        schema = BytesSchema() if record is None else AvroSchema(RECORDS[record])
        producers[topic, record] = client.create_producer(topic, schema=schema, batching_enabled=False)
    return producers[topic, record]


def options_of(message):
    options = {"properties": {name: str(value) for name, value in message.get("properties", {}).items()}}
    if "key" in message:
        options["partition_key"] = message["key"]
    if "event_timestamp" in message:
        options["event_timestamp"] = message["event_timestamp"]
    return options


def publish(client, messages):
    producers = {}
    sent = []
    for index, (message, (record, content)) in enumerate(messages):
        producer = producer_for(client, producers, message["topic"], record)
        for repeat in range(message.get("repeat", 1)):
            message_id = producer.send(content, **options_of(message))
            sent.append({"index": index, "repeat": repeat, "topic": message["topic"], "message_id": id_text(message_id)})
    return sent


def main():
    text = open(sys.argv[1], encoding="utf-8").read() if len(sys.argv) > 1 else sys.stdin.read()
    try:
        script = json.loads(text)
        listed = script["messages"] if isinstance(script, dict) else script
        # All content is made before the first message is sent: a wrong script publishes nothing.
        messages = [(message, content_of(message)) for message in listed]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"wrong script: {error}", file=sys.stderr)
        return 2
    client = connect()
    try:
        print(json.dumps(publish(client, messages)))
    except pulsar.PulsarException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    finally:
        client.close()
    return 0


if __name__ == "__main__":
    leave(main())
