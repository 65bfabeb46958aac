using System.Buffers;
using System.Buffers.Binary;

namespace ClearingActors.Grpc;

/// <summary>
/// Messages with their five-byte heads (a flag and a length), one after the other in one piece of memory, so that several
/// leave in one write. The memory is not pooled: a write that is cut short may still be reading it.
/// </summary>
internal sealed class FrameBuffer : IBufferWriter<byte>
{
    internal const int HeadLength = 5;

    private const int FirstCapacity = 512;
    private const int KeptCapacity = 256 * 1024;

    private byte[] _bytes = [];
    private int _length;

    internal int Length => _length;

    internal ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Appends a message. When the marshaller throws, the buffer is as before.</summary>
    internal void Append<T>(T message, Marshaller<T> marshaller)
    {
        int start = _length;
        try
        {
            GetSpan(HeadLength);
            _length += HeadLength;
            marshaller.Serialize(message, this);
        }
        catch
        {
            _length = start;
            throw;
        }

        _bytes[start] = 0;
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(start + 1), _length - start - HeadLength);
    }

    /// <summary>Forgets what was written. One large message does not keep its memory for the rest of a long stream.</summary>
    internal void Clear()
    {
        _length = 0;
        if (_bytes.Length > KeptCapacity)
        {
            _bytes = [];
        }
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _length);
        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    private void Reserve(int sizeHint)
    {
        int needed = Math.Max(sizeHint, 64);
        if (_bytes.Length - _length >= needed)
        {
            return;
        }

        long capacity = Math.Max(Math.Max(FirstCapacity, _bytes.Length * 2L), (long)_length + needed);
        byte[] larger = GC.AllocateUninitializedArray<byte>((int)Math.Min(capacity, Array.MaxLength));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        _bytes = larger;
    }
}
