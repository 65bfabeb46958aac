"""probe.py DESCRIPTOR_SET HOST:PORT: calls the server with grpcio and prints what came of it as one line of JSON."""
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SET_FILE, ADDRESS = sys.argv[1:]

pool = descriptor_pool.DescriptorPool()
with open(SET_FILE, "rb") as file:
    for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
        pool.Add(proto)
factory = message_factory.MessageFactory(pool)


def message(name):
    return factory.GetPrototype(pool.FindMessageTypeByName(name))


Note = message("clearing.probe.v1.Note")
Total = message("clearing.probe.v1.Total")
CountRequest = message("clearing.probe.v1.CountRequest")
FailRequest = message("clearing.probe.v1.FailRequest")
HealthRequest = message("grpc.health.v1.HealthCheckRequest")
HealthResponse = message("grpc.health.v1.HealthCheckResponse")


def method(channel, kind, name, response):
    return getattr(channel, kind)(
        "/" + name,
        request_serializer=lambda m: m.SerializeToString(),
        response_deserializer=response.FromString,
    )


def code(call, *arguments, **named):
    try:
        call(*arguments, **named)
        return "OK"
    except grpc.RpcError as error:
        return error.code().name


def probe(channel, kind, name, response):
    return method(channel, kind, "clearing.probe.v1.Probe/" + name, response)


result = {}
with grpc.insecure_channel(ADDRESS) as channel:
    echo = probe(channel, "unary_unary", "Echo", Note)
    result["unary"] = echo(Note(number=42, text="grüße")).text
    result["gzip"] = len(echo(Note(text="z" * 100000), compression=grpc.Compression.Gzip).text)
    result["large"] = len(echo(Note(payload=b"x" * (3 << 20))).payload)
    result["too_large"] = code(echo, Note(payload=b"x" * ((4 << 20) + 1)))

    notes = list(probe(channel, "unary_stream", "Count", Note)(CountRequest(count=1000, size=10)))
    result["server_stream"] = [n.number for n in notes] == list(range(1000))

    total = probe(channel, "stream_unary", "Sum", Total)(Note(number=i) for i in range(1, 1001))
    result["client_stream"] = [total.count, total.sum]

    chat = probe(channel, "stream_stream", "Chat", Note)
    answers = chat(Note(number=i, payload=bytes(64 * 1024)) for i in range(720))
    sizes = [(n.number, len(n.payload)) for n in answers]
    result["duplex"] = [len(sizes), sum(s for _, s in sizes), [n for n, _ in sizes] == list(range(720))]

    result["deadline"] = code(probe(channel, "unary_unary", "Wait", Note), Note(), timeout=0.1)

    stream = probe(channel, "unary_stream", "Count", Note)(CountRequest(count=1000000000, size=1000))
    next(stream)
    stream.cancel()
    result["cancel"] = stream.code().name

    result["method"] = code(probe(channel, "unary_unary", "Unserved", Note), Note())
    result["service"] = code(method(channel, "unary_unary", "no.such.Service/Echo", Note), Note())

    try:
        probe(channel, "unary_unary", "Fail", Note)(FailRequest(code=9, detail="100 % größer\r\n€ 日本 😀 %41"))
    except grpc.RpcError as error:
        result["failure"] = [error.code().name, error.details()]
        result["failure_trailers"] = {
            k: v.hex() if isinstance(v, bytes) else v
            for k, v in error.trailing_metadata()
            if k not in ("date", "content-length")  # HTTP's own, which grpcio passes on
        }

    _, call = echo.with_call(Note(), metadata=(("echo-text", "some text"), ("echo-bytes-bin", b"\x00\xff")))
    wanted = lambda entries: {k: v.hex() if isinstance(v, bytes) else v for k, v in entries if k.startswith("echo-")}
    result["headers"] = wanted(call.initial_metadata())
    result["trailers"] = wanted(call.trailing_metadata())

    check = method(channel, "unary_unary", "grpc.health.v1.Health/Check", HealthResponse)
    result["health"] = [check(HealthRequest()).status, code(check, HealthRequest(service="no.Service"))]

    for version in ("v1", "v1alpha"):
        Request = message(f"grpc.reflection.{version}.ServerReflectionRequest")
        Response = message(f"grpc.reflection.{version}.ServerReflectionResponse")
        info = method(channel, "stream_stream", f"grpc.reflection.{version}.ServerReflection/ServerReflectionInfo", Response)
        listed, found = info(iter([Request(list_services=""), Request(file_containing_symbol="clearing.probe.v1.Note")]))
        fresh = descriptor_pool.DescriptorPool()
        for file in reversed(found.file_descriptor_response.file_descriptor_proto):
            fresh.Add(descriptor_pb2.FileDescriptorProto.FromString(file))
        result["reflection_" + version] = [
            [s.name for s in listed.list_services_response.service],
            [f.name for f in fresh.FindMessageTypeByName("clearing.probe.v1.Note").fields],
        ]

print(json.dumps(result))
