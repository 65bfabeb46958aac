using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace ClearingActors.Grpc;

/// <summary>Finds the messages in the bytes of a stream, undoes gzip and holds the size limit.</summary>
/// <param name="maxMessageSize">In bytes, of one message after decompression.</param>
internal sealed class FrameDecoder(int maxMessageSize)
{
    /// <summary>The <c>grpc-encoding</c> the peer named, or null.</summary>
    internal string? Encoding { get; set; }

    /// <summary>
    /// Takes the next message off the front of <paramref name="unread"/>. False when it has not all arrived. A message over
    /// the limit is refused on sight of its head, before the rest is kept anywhere.
    /// </summary>
    internal bool TryTake(ref ReadOnlySequence<byte> unread, out ReadOnlySequence<byte> payload)
    {
        payload = default;
        if (unread.Length < FrameBuffer.HeadLength)
        {
            return false;
        }

        byte flag;
        uint length;
        if (unread.FirstSpan.Length >= FrameBuffer.HeadLength)
        {
            flag = unread.FirstSpan[0];
            length = BinaryPrimitives.ReadUInt32BigEndian(unread.FirstSpan[1..]);
        }
        else
        {
            Span<byte> head = stackalloc byte[FrameBuffer.HeadLength];
            unread.Slice(0, FrameBuffer.HeadLength).CopyTo(head);
            flag = head[0];
            length = BinaryPrimitives.ReadUInt32BigEndian(head[1..]);
        }

        if (flag > 1)
        {
            throw new RpcException(StatusCode.Internal, $"A message starts with the flag {flag}; only 0 and 1 have a meaning");
        }

        if (flag == 1)
        {
            CheckEncoding();
        }

        if (length > maxMessageSize)
        {
            throw TooLarge();
        }

        if (unread.Length < FrameBuffer.HeadLength + (long)length)
        {
            return false;
        }

        payload = unread.Slice(FrameBuffer.HeadLength, length);
        unread = unread.Slice(payload.End);
        if (flag == 1)
        {
            payload = Unzip(payload);
        }

        return true;
    }

    private void CheckEncoding()
    {
        if (string.IsNullOrEmpty(Encoding) || Encoding == "identity")
        {
            throw new RpcException(StatusCode.Internal, "A message is flagged as compressed but the call names no compression");
        }

        if (Encoding != "gzip")
        {
            throw new RpcException(StatusCode.Unimplemented, $"The compression '{Encoding}' is not supported; identity and gzip are");
        }
    }

    private ReadOnlySequence<byte> Unzip(ReadOnlySequence<byte> payload)
    {
        var plain = new ArrayBufferWriter<byte>();
        using var gzip = new GZipStream(new MemoryStream(payload.ToArray(), writable: false), CompressionMode.Decompress);
        try
        {
            int read;
            while ((read = gzip.Read(plain.GetSpan(4096))) > 0)
            {
                plain.Advance(read);
                if (plain.WrittenCount > maxMessageSize)
                {
                    throw TooLarge();
                }
            }
        }
        catch (InvalidDataException e)
        {
            throw new RpcException(StatusCode.Internal, "A message could not be decompressed", e);
        }

        return new ReadOnlySequence<byte>(plain.WrittenMemory);
    }

    private RpcException TooLarge() =>
        new(StatusCode.ResourceExhausted, $"A message is larger than the limit of {maxMessageSize} bytes");
}
