using System.Buffers;
using Google.Protobuf;

namespace ClearingActors.Grpc;

/// <summary>
/// Turns messages into bytes and back. Derive from it to write a message faster than generated code can; an instance is
/// used by many calls at once and so holds no state.
/// </summary>
public abstract class Marshaller<T>
{
    /// <summary>Appends the message. It writes the message alone; the frame around it is the stream's.</summary>
    public abstract void Serialize(T message, IBufferWriter<byte> output);

    /// <summary>
    /// Reads a message. The bytes are only lent: they are overwritten after the return, so that what the message keeps it copies.
    /// Throws <see cref="InvalidDataException"/> or <see cref="InvalidProtocolBufferException"/> for bytes that are no message,
    /// which ends the call with <see cref="StatusCode.Internal"/>.
    /// </summary>
    public abstract T Parse(ReadOnlySequence<byte> payload);
}

/// <summary>The marshallers that most methods use.</summary>
public static class Marshaller
{
    /// <summary>The bytes of the message as they are. What is read is a copy and stays valid.</summary>
    public static Marshaller<ReadOnlyMemory<byte>> Bytes { get; } = new BytesMarshaller();

    /// <summary>A class that protoc generated.</summary>
    public static Marshaller<T> Protobuf<T>(MessageParser<T> parser) where T : IMessage<T> => new ProtobufMarshaller<T>(parser);

    private sealed class BytesMarshaller : Marshaller<ReadOnlyMemory<byte>>
    {
        public override void Serialize(ReadOnlyMemory<byte> message, IBufferWriter<byte> output) => output.Write(message.Span);

        public override ReadOnlyMemory<byte> Parse(ReadOnlySequence<byte> payload) => payload.ToArray();
    }

    private sealed class ProtobufMarshaller<T>(MessageParser<T> parser) : Marshaller<T> where T : IMessage<T>
    {
        public override void Serialize(T message, IBufferWriter<byte> output) => message.WriteTo(output);

        public override T Parse(ReadOnlySequence<byte> payload) => parser.ParseFrom(payload);
    }
}
