namespace ClearingActors.Audit.Rulebook;

/// <summary>A message from the turn that sent it to the turn that consumes it. Type, addressee and body are where the sender's row has them.</summary>
internal struct Flight
{
    private readonly ReadOnlyMemory<byte> _payload;
    private readonly int _keyAt;
    private readonly int _keyLength;
    private readonly int _bodyAt;
    private readonly int _bodyLength;

    /// <param name="payload">The sending row's.</param>
    /// <param name="recordedTime">The sending row's.</param>
    /// <param name="type">The message's type.</param>
    /// <param name="toKind">The addressee's kind of actor.</param>
    /// <param name="key">Where the addressee's key stands.</param>
    /// <param name="body">Where the message's body stands.</param>
    internal Flight(ReadOnlyMemory<byte> payload, long recordedTime, int type, int toKind, (int At, int Length) key, (int At, int Length) body)
    {
        _payload = payload;
        RecordedTime = recordedTime;
        Type = type;
        ToKind = toKind;
        (_keyAt, _keyLength) = key;
        (_bodyAt, _bodyLength) = body;
    }

    internal long RecordedTime { get; }

    internal int Type { get; }

    internal int ToKind { get; }

    internal readonly ReadOnlySpan<byte> Key => _payload.Span.Slice(_keyAt, _keyLength);

    internal readonly ReadOnlySpan<byte> Body => _payload.Span.Slice(_bodyAt, _bodyLength);

    /// <summary>How often its addressee has done what the message asks for.</summary>
    internal int Acts { get; set; }

    /// <summary>It waits with a quarantined actor.</summary>
    internal bool Parked { get; set; }
}
