"""Samples into a topic with the serializers of confluent-kafka, as their users write them.

usage: produce.py BROKERS TOPIC REGISTRY avro|avro-changed|protobuf|json|avro-plain|protobuf-plain FILE

FILE has JSON lines {"id", "t" (ms), "a", "b" (or null), "x": [..], "c", "u": {"n"}, "y"}. With -plain there is no registry: the schema is
written beside FILE, as FILE.avsc or FILE.proto.
"""
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import confluent_kafka
import fastavro
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FIELDS = [
    {"name": "id", "type": "string"},
    {"name": "t", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    {"name": "a", "type": "double"},
    {"name": "b", "type": ["null", "double"]},
    {"name": "x", "type": {"type": "array", "items": "double"}},
    {"name": "c", "type": {"type": "enum", "name": "Colour", "symbols": ["RED", "GREEN"]}},
    {"name": "u", "type": {"type": "record", "name": "User", "fields": [{"name": "n", "type": "long"}]}},
    {"name": "y", "type": "int"},
]
# Other order, wider types, a field more, an enum that became a text.
CHANGED = [
    {"name": "y", "type": ["null", "long"]},
    {"name": "note", "type": ["null", "string"], "default": None},
    *(one for one in FIELDS[:5]),
    {"name": "c", "type": "string"},
    {"name": "u", "type": ["null", FIELDS[6]["type"]]},
]
PROTO = """syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
message Other { string text = 1; }
message Sample {
  string id = 1;
  google.protobuf.Timestamp t = 2;
  double a = 3;
  optional double b = 4;
  repeated double x = 5;
  enum Colour { RED = 0; GREEN = 1; }
  Colour c = 6;
  message User { int64 n = 1; }
  User u = 7;
  optional int32 y = 8;
}
"""


def avro_schema(fields):
    return json.dumps({"type": "record", "name": "Sample", "namespace": "shop", "fields": fields})


def avro_value(row):
    return {**row, "t": row["t"] * 1000}


def message_class(folder):
    path = pathlib.Path(folder)
    (path / "sample.proto").write_text(PROTO)
    subprocess.check_call(["protoc", "--include_imports", "--descriptor_set_out=sample.desc", "sample.proto"], cwd=path)
    pool = descriptor_pool.DescriptorPool()
    for one in descriptor_pb2.FileDescriptorSet.FromString((path / "sample.desc").read_bytes()).file:
        pool.Add(one)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Sample"))


def to_message(kind, row):
    out = kind(id=row["id"], a=row["a"], x=row["x"], c=row["c"], y=row["y"])
    out.t.FromMilliseconds(row["t"])
    out.u.n = row["u"]["n"]
    if row["b"] is not None:
        out.b = row["b"]
    return out


def plain_avro(path):
    pathlib.Path(path + ".avsc").write_text(avro_schema(FIELDS))
    schema = fastavro.parse_schema(json.loads(avro_schema(FIELDS)))

    def serialize(row):
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schema, avro_value(row))
        return out.getvalue()

    return serialize


def plain_protobuf(path, kind):
    pathlib.Path(path + ".proto").write_text(PROTO)
    return lambda row: to_message(kind, row).SerializeToString()


def main():
    brokers, topic, url, form, path = sys.argv[1:6]
    partitions = int(sys.argv[6]) if len(sys.argv) > 6 else 1
    context = SerializationContext(topic, MessageField.VALUE)
    with tempfile.TemporaryDirectory() as folder:
        if form == "avro-plain":
            serialize = plain_avro(path)
        elif form == "protobuf-plain":
            serialize = plain_protobuf(path, message_class(folder))
        else:
            registry = SchemaRegistryClient({"url": url, "timeout": 30})
            if form == "json":
                serializer = JSONSerializer('{"$schema": "http://json-schema.org/draft-07/schema#", "title": "Sample", "type": "object"}', registry)
                serialize = lambda row: serializer(row, context)
            elif form == "protobuf":
                kind = message_class(folder)
                serializer = ProtobufSerializer(kind, registry, {"use.deprecated.format": False})
                serialize = lambda row: serializer(to_message(kind, row), context)
            else:
                serializer = AvroSerializer(registry, avro_schema(FIELDS if form == "avro" else CHANGED))
                serialize = lambda row: serializer(avro_value(row), context)
        producer = confluent_kafka.Producer({"bootstrap.servers": brokers})
        with open(path) as lines:
            for i, line in enumerate(lines):
                producer.produce(topic, serialize(json.loads(line)), partition=i % partitions)
                producer.poll(0)
        left = producer.flush(60)
        if left:
            sys.exit(f"{left} records were not taken")


if __name__ == "__main__":
    main()
