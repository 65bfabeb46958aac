using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace ClearingActors.Actors.Wire;

/// <summary>
/// Writes the protobuf wire format into a growing buffer without an object per message. What it writes is canonical protobuf:
/// a generated parser reads it, which the tests prove for every event and message of the journal.
/// </summary>
/// <remarks>
/// Google.Protobuf computes the size of a nested message before it writes it, and needs an object for each; the path of a trade writes ten
/// nested messages, so here the length is filled in afterwards. Not thread-safe; reused.
/// </remarks>
public sealed class WireWriter
{
    private byte[] _buffer;
    private int _length;

    /// <summary>Creates a writer with room for <paramref name="capacity"/> bytes; it grows as needed.</summary>
    public WireWriter(int capacity = 256)
    {
        _buffer = new byte[capacity];
    }

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>Forgets everything written.</summary>
    public void Clear() => _length = 0;

    /// <summary>Forgets everything after <paramref name="length"/> bytes.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _length = length;
    }

    /// <summary>A copy of what was written.</summary>
    public byte[] ToArray() => Written.ToArray();

    /// <summary>Field of type uint32, uint64, int32, int64, bool or enum; a zero is not written, as proto3 has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Field(int number, long value)
    {
        if (value != 0)
        {
            Ensure(20);
            RawVarint((uint)number << 3);
            RawVarint((ulong)value);
        }
    }

    /// <summary>Field of type sint64 (zigzag): small for small negative numbers.</summary>
    public void FieldZigZag(int number, long value) => Field(number, (value << 1) ^ (value >> 63));

    /// <summary>Field of type bool.</summary>
    public void Field(int number, bool value) => Field(number, value ? 1L : 0L);

    /// <summary>Field of type fixed64.</summary>
    public void FieldFixed64(int number, ulong value)
    {
        if (value != 0)
        {
            Ensure(18);
            RawVarint(((uint)number << 3) | 1);
            BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(_length), value);
            _length += 8;
        }
    }

    /// <summary>Field of type string; null and empty are not written.</summary>
    public void Field(int number, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            Ensure(value.Length * 3 + 20);
            RawVarint(((uint)number << 3) | 2);
            if (value.Length <= 42)
            {
                // Up to 42 UTF-16 units are at most 126 bytes: the length fits the one byte left for it.
                var count = Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_length + 1));
                _buffer[_length] = (byte)count;
                _length += count + 1;
            }
            else
            {
                RawVarint((uint)Encoding.UTF8.GetByteCount(value));
                _length += Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_length));
            }
        }
    }

    /// <summary>Field of type bytes; an empty one is not written.</summary>
    public void Field(int number, ReadOnlySpan<byte> value)
    {
        if (value.Length != 0)
        {
            Ensure(value.Length + 20);
            RawVarint(((uint)number << 3) | 2);
            RawVarint((uint)value.Length);
            value.CopyTo(_buffer.AsSpan(_length));
            _length += value.Length;
        }
    }

    /// <summary>Starts a nested message; hand the result to <see cref="End"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Begin(int number)
    {
        Ensure(20);
        RawVarint(((uint)number << 3) | 2);
        _length++;
        return _length;
    }

    /// <summary>Ends the nested message that <see cref="Begin"/> started, filling in its length.</summary>
    public void End(int start)
    {
        var length = _length - start;
        if (length < 0x80)
        {
            _buffer[start - 1] = (byte)length;
            return;
        }

        var extra = length < 0x4000 ? 1 : length < 0x20_0000 ? 2 : length < 0x1000_0000 ? 3 : 4;
        Ensure(extra);
        Buffer.BlockCopy(_buffer, start, _buffer, start + extra, length);
        _length = start - 1;
        RawVarint((uint)length);
        _length += length;
    }

    /// <summary>Bytes as they are, with no tag.</summary>
    public void Raw(ReadOnlySpan<byte> value)
    {
        Ensure(value.Length);
        value.CopyTo(_buffer.AsSpan(_length));
        _length += value.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void RawVarint(ulong value)
    {
        while (value >= 0x80)
        {
            _buffer[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[_length++] = (byte)value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Ensure(int more)
    {
        if (_buffer.Length - _length < more)
        {
            Grow(more);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int more) => Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + more));
}
