namespace ClearingActors.Domain.Margin;

/// <summary>An operator's decision about the 25 % buffer of the house's model (rulebook 8.4): it may be used up from now on, or it is whole again.</summary>
/// <param name="Released">True if it may be used up.</param>
/// <param name="By">Who decided; not empty.</param>
/// <param name="Reason">Why; 1 to <see cref="MaxReason"/> characters.</param>
/// <param name="At">UTC ns of business time.</param>
public sealed record BufferDecision(bool Released, string By, string Reason, long At)
{
    /// <summary>The most characters of a reason.</summary>
    public const int MaxReason = 500;

    /// <summary>What is wrong with it, or null.</summary>
    public string? Refuse() =>
        By.Length == 0 ? "a decision about the buffer needs the name of who decides"
        : string.IsNullOrWhiteSpace(Reason) || Reason.Length > MaxReason ? $"a reason of {Reason.Length} characters: 1 to {MaxReason} are needed, not all of them blank; say why the buffer is {(Released ? "released" : "restored")}"
        : null;
}

/// <summary>A margin that carries the buffer, as a run found it: what the next run compares with while the buffer is released.</summary>
/// <param name="Client">Of gross omnibus accounts; none in others.</param>
/// <param name="Groups">The product groups that were margined together, ordinal.</param>
/// <param name="Margin">Buffer included, in units of the margin currency; above 0. A risk number, kept to the bit.</param>
public sealed record BufferedMargin(Parties.ClientId Client, IReadOnlyList<string> Groups, double Margin);
