using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Cli.Drills;

/// <summary>A drill as its file tells it: a small house, what happens in it, and what must come of it.</summary>
public sealed record Drill
{
    /// <summary>The name by which it is run.</summary>
    public required string Name { get; init; }

    public required string Title { get; init; }

    /// <summary>What the drill is made of, each with its source or marked as assumed.</summary>
    public required IReadOnlyList<DrillFact> Facts { get; init; }

    /// <summary>Of everything in the drill.</summary>
    public required Currency Currency { get; init; }

    /// <summary>Business time when it begins, UTC ns.</summary>
    public required long Start { get; init; }

    public required IReadOnlyList<DrillMember> Members { get; init; }

    public required IReadOnlyList<DrillInstrument> Instruments { get; init; }

    /// <summary>By risk factor: prices of consecutive days, the last of the day before the start.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<double>> History { get; init; }

    /// <summary>JSON, as an operator sets it.</summary>
    public required string RiskModel { get; init; }

    /// <summary>JSON, as an operator sets it; made of the file's fund and the members' contributions.</summary>
    public required string FundTerms { get; init; }

    /// <summary>JSON, as an operator sets it.</summary>
    public required string DefaultTerms { get; init; }

    public required IReadOnlyList<DrillStep> Steps { get; init; }

    /// <summary>One for each default, in order.</summary>
    public required IReadOnlyList<DrillExpectation> Expect { get; init; }
}

/// <summary>A fact, or an assumption.</summary>
/// <param name="Text">What is so.</param>
/// <param name="Source">Where it is published; null if it is assumed.</param>
/// <param name="Assumed">Why it is assumed so; null if it has a source.</param>
public sealed record DrillFact(string Text, string? Source, string? Assumed);

/// <summary>A clearing member.</summary>
/// <param name="Id">The member.</param>
/// <param name="Contribution">What it pays into the default fund, minor units; 0 for nothing.</param>
/// <param name="Accounts">May be none.</param>
public sealed record DrillMember(MemberId Id, long Contribution, IReadOnlyList<DrillAccount> Accounts);

/// <summary>An account of a member.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Segregation">House or one of the clients' kinds.</param>
/// <param name="Cash">Cash collateral at the start, minor units.</param>
public sealed record DrillAccount(AccountId Id, Segregation Segregation, long Cash);

/// <summary>A future.</summary>
/// <param name="Instrument">As it is defined in the house.</param>
/// <param name="Units">Its price at the start, in price units.</param>
public sealed record DrillInstrument(Instrument Instrument, long Units);

/// <summary>What must come of a default.</summary>
/// <param name="Member">Of the defaulter.</param>
/// <param name="Loss">Minor units.</param>
/// <param name="Layers">Minor units used by layer; a layer that is not named must not be used.</param>
/// <param name="ByMember">By layer what each member bears, minor units; only layers that are named are looked at, and in them everybody.</param>
public sealed record DrillExpectation(string Member, long Loss, IReadOnlyDictionary<string, long> Layers, IReadOnlyDictionary<string, IReadOnlyDictionary<string, long>> ByMember);
