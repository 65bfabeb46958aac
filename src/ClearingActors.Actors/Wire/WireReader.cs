using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace ClearingActors.Actors.Wire;

/// <summary>Reads the protobuf wire format from a span: <c>while (reader.Next()) switch (reader.Number) ...</c>.</summary>
/// <remarks>Every malformed input throws <see cref="InvalidDataException"/>; nothing else.</remarks>
public ref struct WireReader
{
    private readonly ReadOnlySpan<byte> _data;
    private int _position;
    private int _wireType;
    private ulong _value;
    private ReadOnlySpan<byte> _bytes;

    /// <summary>Starts at the first byte of <paramref name="data"/>.</summary>
    public WireReader(ReadOnlySpan<byte> data)
    {
        _data = data;
    }

    /// <summary>The number of the current field.</summary>
    public int Number { get; private set; }

    /// <summary>The current varint or fixed value.</summary>
    public readonly long Int64 => _wireType is 0 or 1 or 5 ? (long)_value : throw Wrong("a number");

    /// <summary>The current value as a 32-bit integer.</summary>
    public readonly int Int32 => Int64 is var v && v is >= int.MinValue and <= int.MaxValue ? (int)v : throw new InvalidDataException($"field {Number}: {v} does not fit 32 bits");

    /// <summary>The current zigzag value.</summary>
    public readonly long ZigZag
    {
        get
        {
            var v = (ulong)Int64;
            return (long)(v >> 1) ^ -(long)(v & 1);
        }
    }

    /// <summary>The current value as a fixed64 or varint, unsigned.</summary>
    public readonly ulong UInt64 => (ulong)Int64;

    /// <summary>The current value as a bool.</summary>
    public readonly bool Bool => Int64 != 0;

    /// <summary>The current length-delimited value.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _wireType == 2 ? _bytes : throw Wrong("bytes");

    /// <summary>The current length-delimited value as a new string.</summary>
    public readonly string String => Encoding.UTF8.GetString(Bytes);

    /// <summary>The offset of the current length-delimited value in the data.</summary>
    public readonly int BytesOffset => _position - _bytes.Length;

    /// <summary>Moves to the next field; false at the end.</summary>
    public bool Next()
    {
        if (_position >= _data.Length)
        {
            return false;
        }

        var tag = Varint();
        Number = (int)(tag >> 3);
        _wireType = (int)(tag & 7);
        if (Number <= 0)
        {
            throw new InvalidDataException($"field number {Number} at byte {_position}");
        }

        switch (_wireType)
        {
            case 0:
                _value = Varint();
                break;
            case 1:
                _value = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                var length = Varint();
                if (length > (ulong)(_data.Length - _position))
                {
                    throw new InvalidDataException($"field {Number} claims {length} bytes where {_data.Length - _position} are left");
                }

                _bytes = Take((int)length);
                break;
            case 5:
                _value = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw new InvalidDataException($"field {Number} has wire type {_wireType}");
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Varint()
    {
        if (_position < _data.Length && _data[_position] < 0x80)
        {
            return _data[_position++];
        }

        return LongVarint();
    }

    private ulong LongVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_position >= _data.Length)
            {
                throw new InvalidDataException("a number is cut short");
            }

            var b = _data[_position++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number has more than ten bytes");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_data.Length - _position < count)
        {
            throw new InvalidDataException($"field {Number} is cut short");
        }

        var span = _data.Slice(_position, count);
        _position += count;
        return span;
    }

    private readonly InvalidDataException Wrong(string expected) => new($"field {Number} has wire type {_wireType}, expected {expected}");
}
