namespace ClearingActors.Audit.TimeTravel;

/// <summary>What changed between two moments; what did not is not in it.</summary>
internal sealed record HouseDiff
{
    public required MomentPicture From { get; init; }

    public required MomentPicture To { get; init; }

    /// <summary>Turns between the two.</summary>
    public required long Turns { get; init; }

    public required IReadOnlyList<ChangePicture> House { get; init; }

    public required IReadOnlyList<ChangePicture> Members { get; init; }

    public required IReadOnlyList<ChangePicture> Instruments { get; init; }

    public required IReadOnlyList<ChangePicture> Defaults { get; init; }

    public required IReadOnlyList<AccountDiff> Accounts { get; init; }

    /// <summary>Balances to which their entries do not add up; there are none in a sound journal.</summary>
    public required IReadOnlyList<string> Wrong { get; init; }

    /// <summary>Nothing at all.</summary>
    public bool IsEmpty => House.Count == 0 && Members.Count == 0 && Instruments.Count == 0 && Defaults.Count == 0 && Accounts.Count == 0;
}

/// <param name="RecordedTo">When the last turn that belongs to it was recorded.</param>
/// <param name="BusinessTime">Then.</param>
/// <param name="Turns">In all.</param>
internal sealed record MomentPicture(string? RecordedTo, string? BusinessTime, long Turns);

/// <param name="Of">What changed.</param>
/// <param name="What">Of it.</param>
/// <param name="Before">At the first moment; empty if it was not there.</param>
/// <param name="After">At the second; empty if it is not there any more.</param>
internal sealed record ChangePicture(string Of, string What, string Before, string After);

/// <param name="Account">That changed.</param>
/// <param name="Terms">Member, status, limit.</param>
/// <param name="Positions">Lots.</param>
/// <param name="Cash">Balances, with the entries that make the change.</param>
/// <param name="Assets">Units.</param>
/// <param name="Margin">The requirement, its parts, collateral and excess by the last run of each moment.</param>
/// <param name="Calls">Issued, credited, met, missed or withdrawn in between.</param>
internal sealed record AccountDiff(
    string Account,
    IReadOnlyList<ChangePicture> Terms,
    IReadOnlyList<LotsChange> Positions,
    IReadOnlyList<CashChange> Cash,
    IReadOnlyList<AssetChange> Assets,
    IReadOnlyList<MarginChange> Margin,
    IReadOnlyList<CallChange> Calls)
{
    /// <summary>Nothing changed.</summary>
    public bool IsEmpty => Terms.Count == 0 && Positions.Count == 0 && Cash.Count == 0 && Assets.Count == 0 && Margin.Count == 0 && Calls.Count == 0;
}

/// <param name="Instrument">What is held.</param>
/// <param name="Client">Or empty.</param>
/// <param name="Before">Lots at the first moment.</param>
/// <param name="After">At the second.</param>
/// <param name="Change">The difference.</param>
internal sealed record LotsChange(string Instrument, string Client, long Before, long After, long Change);

/// <param name="Currency">The code.</param>
/// <param name="Before">At the first moment.</param>
/// <param name="After">At the second.</param>
/// <param name="Change">The difference.</param>
/// <param name="Entries">By type: how many, and their sum. They sum to the change.</param>
internal sealed record CashChange(string Currency, decimal Before, decimal After, decimal Change, IReadOnlyList<EntriesPicture> Entries);

/// <param name="Type">Of the entries.</param>
/// <param name="Count">How many.</param>
/// <param name="Sum">Signed: received above zero.</param>
internal sealed record EntriesPicture(string Type, long Count, decimal Sum);

/// <param name="Asset">A security or coin.</param>
/// <param name="Before">Units at the first moment.</param>
/// <param name="After">At the second.</param>
/// <param name="Change">The difference.</param>
internal sealed record AssetChange(string Asset, decimal Before, decimal After, decimal Change);

/// <param name="Figure">Requirement, a part of it, collateral or excess.</param>
/// <param name="Currency">The margin currency.</param>
/// <param name="Before">By the last run of the first moment; null before the first.</param>
/// <param name="After">By that of the second.</param>
/// <param name="Change">The difference.</param>
internal sealed record MarginChange(string Figure, string Currency, decimal? Before, decimal? After, decimal Change);

/// <param name="Number">From 1 in its account.</param>
/// <param name="Currency">Of the amounts.</param>
/// <param name="Issued">What was called, if it was in between; else null.</param>
/// <param name="Credited">In between.</param>
/// <param name="Remaining">At the second moment; 0 once it has ended.</param>
/// <param name="Status">At the second moment.</param>
internal sealed record CallChange(long Number, string Currency, decimal? Issued, decimal Credited, decimal Remaining, string Status);
