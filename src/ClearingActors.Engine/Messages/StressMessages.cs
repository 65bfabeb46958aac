using System.Numerics;
using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Messages;

/// <summary>The named inputs of a stress run (rulebook 10): whoever has the journal computes again from these and comes to the same bits.</summary>
/// <param name="Run">From 1, without gaps.</param>
/// <param name="At">UTC ns of business time.</param>
/// <param name="By">The operator.</param>
/// <param name="Cycle">The last closed cycle; the positions are those that it settled.</param>
/// <param name="Date">Its business date.</param>
/// <param name="Scenarios">SHA-256 of the scenario library, in hexadecimal.</param>
/// <param name="Terms">SHA-256 of the fund's terms.</param>
/// <param name="Model">The risk model's version, whose factors the instruments have.</param>
/// <param name="Prices">By instrument: the cycle's settlement prices; an index has its mark.</param>
public sealed record StressInputs(long Run, long At, string By, long Cycle, DateOnly Date, string Scenarios, string Terms, string Model, IReadOnlyList<PricePoint> Prices)
{
    /// <summary>The fund's, which all amounts of the run are in.</summary>
    public Currency Currency { get; init; }

    /// <summary>What assets are worth and what currencies cost in each other, before any shock.</summary>
    public CollateralPrices Collateral { get; init; } = CollateralPrices.None;

    /// <summary>How many shards are at work at once, one behind the other in steps of it; 0 in old journals: all.</summary>
    internal int ShardsAtOnce { get; init; }

    internal void Write(WireWriter w)
    {
        w.Field(1, Run);
        w.Field(2, At);
        w.Field(3, By);
        w.Field(4, Cycle);
        w.Field(5, Dates.ToInt(Date));
        w.Field(6, Scenarios);
        w.Field(7, Terms);
        w.Field(8, Model);
        foreach (var price in Prices)
        {
            PricePoint.Write(w, 9, price);
        }

        w.Field(10, Currency.Code);
        w.Field(11, Currency.Digits);
        CollateralWire.WritePrices(w, 12, Collateral.Assets);
        CollateralWire.WriteRates(w, 13, Collateral.Rates);
        w.Field(14, ShardsAtOnce);
    }

    internal static StressInputs Read(ReadOnlySpan<byte> body)
    {
        List<PricePoint> prices = [];
        List<AssetPrice> assets = [];
        List<ExchangeRate> rates = [];
        var code = "";
        var digits = 0;
        var inputs = new StressInputs(0, 0, "", 0, default, "", "", "", prices);
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: inputs = inputs with { Run = r.Int64 }; break;
                case 2: inputs = inputs with { At = r.Int64 }; break;
                case 3: inputs = inputs with { By = r.String }; break;
                case 4: inputs = inputs with { Cycle = r.Int64 }; break;
                case 5: inputs = inputs with { Date = Dates.FromInt(r.Int32) }; break;
                case 6: inputs = inputs with { Scenarios = r.String }; break;
                case 7: inputs = inputs with { Terms = r.String }; break;
                case 8: inputs = inputs with { Model = r.String }; break;
                case 9: prices.Add(PricePoint.Read(r.Bytes)); break;
                case 10: code = IdPool.Intern(r.Bytes); break;
                case 11: digits = r.Int32; break;
                case 12: assets.Add(CollateralWire.ReadPrice(r.Bytes)); break;
                case 13: rates.Add(CollateralWire.ReadRate(r.Bytes)); break;
                case 14: inputs = inputs with { ShardsAtOnce = r.Int32 }; break;
                default: throw TradeWire.Unknown("StressInputs", r.Number);
            }
        }

        return inputs with { Currency = new Currency(code, digits), Collateral = new CollateralPrices(assets, rates) };
    }
}

/// <summary>An account as a stress run found it.</summary>
/// <param name="Account">Its id.</param>
/// <param name="Member">Its member.</param>
/// <param name="Segregation">House accounts of a member count as one.</param>
/// <param name="Currency">Of the requirement.</param>
/// <param name="RequirementMinor">The last margin run's.</param>
/// <param name="Cash">Collateral by currency, each once; below zero where the account owes.</param>
/// <param name="Lots">Settled positions by instrument, clients of an omnibus account together, none of zero.</param>
public sealed record FrozenAccount(
    AccountId Account, MemberId Member, Segregation Segregation, Currency Currency, long RequirementMinor, IReadOnlyList<Money> Cash, IReadOnlyList<PricePoint> Lots)
{
    /// <summary>Securities and coins held as collateral, by id.</summary>
    public IReadOnlyList<AssetHolding> Assets { get; init; } = [];

    internal void Write(WireWriter w, int field)
    {
        var start = w.Begin(field);
        w.Field(1, Account.Value);
        w.Field(2, Member.Value);
        w.Field(3, (long)Segregation);
        w.Field(4, Currency.Code);
        w.Field(5, Currency.Digits);
        w.Field(6, RequirementMinor);
        foreach (var cash in Cash)
        {
            var entry = w.Begin(7);
            w.Field(1, cash.Currency.Code);
            w.Field(2, cash.Currency.Digits);
            w.FieldZigZag(3, cash.MinorUnits);
            w.End(entry);
        }

        foreach (var lots in Lots)
        {
            PricePoint.Write(w, 8, lots);
        }

        foreach (var held in Assets)
        {
            var entry = w.Begin(9);
            w.Field(1, held.Asset.Value);
            w.Field(2, held.Units);
            w.End(entry);
        }

        w.End(start);
    }

    internal static FrozenAccount Read(ReadOnlySpan<byte> body)
    {
        List<Money> cash = [];
        List<PricePoint> lots = [];
        List<AssetHolding> assets = [];
        var account = new FrozenAccount(default, default, default, default, 0, cash, lots) { Assets = assets };
        var code = "";
        var digits = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: account = account with { Account = Ids.Account(r.Bytes) }; break;
                case 2: account = account with { Member = Ids.Member(r.Bytes) }; break;
                case 3: account = account with { Segregation = (Segregation)r.Int32 }; break;
                case 4: code = IdPool.Intern(r.Bytes); break;
                case 5: digits = r.Int32; break;
                case 6: account = account with { RequirementMinor = r.Int64 }; break;
                case 7: cash.Add(ReadCash(r.Bytes)); break;
                case 8: lots.Add(PricePoint.Read(r.Bytes)); break;
                case 9: assets.Add(ReadHolding(r.Bytes)); break;
                default: throw TradeWire.Unknown("FrozenAccount", r.Number);
            }
        }

        return account with { Currency = new Currency(code, digits) };
    }

    private static AssetHolding ReadHolding(ReadOnlySpan<byte> body)
    {
        var held = default(AssetHolding);
        var r = new WireReader(body);
        while (r.Next())
        {
            held = r.Number switch
            {
                1 => held with { Asset = AssetId.Parse(r.String) },
                2 => held with { Units = r.Int64 },
                _ => throw TradeWire.Unknown("an asset of a frozen account", r.Number),
            };
        }

        return held;
    }

    private static Money ReadCash(ReadOnlySpan<byte> body)
    {
        var code = "";
        var digits = 0;
        long minor = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: code = IdPool.Intern(r.Bytes); break;
                case 2: digits = r.Int32; break;
                case 3: minor = r.ZigZag; break;
                default: throw TradeWire.Unknown("the cash of a frozen account", r.Number);
            }
        }

        return new Money(minor, new Currency(code, digits));
    }
}

/// <summary>A stress run asks a shard for its accounts as a cycle left them.</summary>
internal sealed class GatherPositions(ActorAddress to, long run, long cycle) : Message(to)
{
    public override int Type => MessageTypes.GatherPositions;

    internal long Run { get; } = run;

    internal long Cycle { get; } = cycle;

    public override void Write(WireWriter writer)
    {
        writer.Field(1, Run);
        writer.Field(2, Cycle);
    }

    internal static GatherPositions Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        long run = 0, cycle = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: run = r.Int64; break;
                case 2: cycle = r.Int64; break;
                default: throw TradeWire.Unknown("GatherPositions", r.Number);
            }
        }

        return new GatherPositions(to, run, cycle);
    }
}

/// <summary>A shard's accounts as the cycle left them, or why it cannot tell.</summary>
internal sealed class ReportPositions(ActorAddress to, long run, int shard, string failure, IReadOnlyList<FrozenAccount> accounts) : Message(to)
{
    public override int Type => MessageTypes.ReportPositions;

    internal long Run { get; } = run;

    internal int Shard { get; } = shard;

    internal string Failure { get; } = failure;

    internal IReadOnlyList<FrozenAccount> Accounts { get; } = accounts;

    public override void Write(WireWriter writer)
    {
        writer.Field(1, Run);
        writer.Field(2, Shard);
        writer.Field(3, Failure);
        foreach (var account in Accounts)
        {
            account.Write(writer, 4);
        }
    }

    internal static ReportPositions Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        long run = 0;
        var shard = 0;
        var failure = "";
        List<FrozenAccount> accounts = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: run = r.Int64; break;
                case 2: shard = r.Int32; break;
                case 3: failure = r.String; break;
                case 4: accounts.Add(FrozenAccount.Read(r.Bytes)); break;
                default: throw TradeWire.Unknown("PositionsGathered", r.Number);
            }
        }

        return new ReportPositions(to, run, shard, failure, accounts);
    }
}

/// <summary>A house in one scenario; money in minor units of the fund's currency.</summary>
/// <param name="Scenario">Its id.</param>
/// <param name="UncoveredLosses">By member, 0 or more.</param>
/// <param name="Failed">From the failure of the two largest groups on, by round.</param>
/// <param name="ResourcesLeft">Of fund, layers and assessments.</param>
/// <param name="Unallocated">Loss beyond all resources.</param>
public sealed record ScenarioOutcome(string Scenario, IReadOnlyList<MemberAmount> UncoveredLosses, IReadOnlyList<IReadOnlyList<string>> Failed, BigInteger ResourcesLeft, BigInteger Unallocated)
{
    /// <summary>By currency, what must be paid out although two do not pay.</summary>
    public IReadOnlyList<LiquidityNeed> Liquidity { get; init; } = [];

    internal void Write(WireWriter w, int field)
    {
        var start = w.Begin(field);
        w.Field(1, Scenario);
        foreach (var loss in UncoveredLosses)
        {
            FundWire.Write(w, 2, loss);
        }

        foreach (var round in Failed)
        {
            var entry = w.Begin(3);
            foreach (var member in round)
            {
                w.Field(1, member);
            }

            w.End(entry);
        }

        FundWire.Write(w, 4, ResourcesLeft);
        FundWire.Write(w, 5, Unallocated);
        foreach (var need in Liquidity)
        {
            need.Write(w, 6);
        }

        w.End(start);
    }

    internal static ScenarioOutcome Read(ReadOnlySpan<byte> body)
    {
        List<MemberAmount> losses = [];
        List<IReadOnlyList<string>> failed = [];
        List<LiquidityNeed> liquidity = [];
        var outcome = new ScenarioOutcome("", losses, failed, 0, 0) { Liquidity = liquidity };
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: outcome = outcome with { Scenario = r.String }; break;
                case 2: losses.Add(FundWire.ReadAmount(r.Bytes)); break;
                case 3: failed.Add(ReadRound(r.Bytes)); break;
                case 4: outcome = outcome with { ResourcesLeft = FundWire.ReadSum(r.String) }; break;
                case 5: outcome = outcome with { Unallocated = FundWire.ReadSum(r.String) }; break;
                case 6: liquidity.Add(LiquidityNeed.Read(r.Bytes)); break;
                default: throw TradeWire.Unknown("ScenarioOutcome", r.Number);
            }
        }

        return outcome;
    }

    private static List<string> ReadRound(ReadOnlySpan<byte> body)
    {
        List<string> members = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            members.Add(r.Number == 1 ? r.String : throw TradeWire.Unknown("a round of failures", r.Number));
        }

        return members;
    }
}

/// <summary>How a stress run ended.</summary>
/// <param name="Run">Its number.</param>
/// <param name="Failure">Why it came to nothing; empty if it did not.</param>
/// <param name="Scenarios">By id.</param>
/// <param name="Margins">Of the run's date, for the trailing average.</param>
public sealed record StressOutcome(long Run, string Failure, IReadOnlyList<ScenarioOutcome> Scenarios, DayMargins? Margins)
{
    /// <summary>The run came to nothing.</summary>
    internal static StressOutcome Nothing(long run, string failure) => new(run, failure, [], null);

    internal void Write(WireWriter w)
    {
        w.Field(1, Run);
        w.Field(2, Failure);
        foreach (var scenario in Scenarios)
        {
            scenario.Write(w, 3);
        }

        if (Margins is not null)
        {
            FundWire.Write(w, 4, Margins);
        }
    }

    internal static StressOutcome Read(ReadOnlySpan<byte> body)
    {
        List<ScenarioOutcome> scenarios = [];
        var outcome = new StressOutcome(0, "", scenarios, null);
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: outcome = outcome with { Run = r.Int64 }; break;
                case 2: outcome = outcome with { Failure = r.String }; break;
                case 3: scenarios.Add(ScenarioOutcome.Read(r.Bytes)); break;
                case 4: outcome = outcome with { Margins = FundWire.ReadDay(r.Bytes) }; break;
                default: throw TradeWire.Unknown("StressOutcome", r.Number);
            }
        }

        return outcome;
    }
}

/// <summary>The fund calls a member's contribution; the account defines itself with the first.</summary>
internal sealed class CallContribution(ActorAddress to, MemberId member, Currency currency, FundRequirementSet requirement) : Message(to)
{
    public override int Type => MessageTypes.CallContribution;

    internal MemberId Member { get; } = member;

    internal Currency Currency { get; } = currency;

    internal FundRequirementSet Requirement { get; } = requirement;

    public override void Write(WireWriter writer)
    {
        writer.Field(1, Member.Value);
        writer.Field(2, Currency.Code);
        writer.Field(3, Currency.Digits);
        var start = writer.Begin(4);
        FundWire.Write(writer, Requirement);
        writer.End(start);
    }

    internal static CallContribution Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        MemberId member = default;
        var code = "";
        var digits = 0;
        var requirement = default(FundRequirementSet);
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: member = Ids.Member(r.Bytes); break;
                case 2: code = IdPool.Intern(r.Bytes); break;
                case 3: digits = r.Int32; break;
                case 4: requirement = FundWire.ReadRequirement(r.Bytes); break;
                default: throw TradeWire.Unknown("CallContribution", r.Number);
            }
        }

        return new CallContribution(to, member, new Currency(code, digits), requirement);
    }
}

/// <summary>An account of the fund tells what it holds, whenever that or the contribution changes.</summary>
internal sealed class ReportFundCash(ActorAddress to, FundCashReported report) : Message(to)
{
    public override int Type => MessageTypes.ReportFundCash;

    internal FundCashReported Report { get; } = report;

    public override void Write(WireWriter writer) => FundWire.Write(writer, Report);

    internal static ReportFundCash Read(ActorAddress to, ReadOnlySpan<byte> body) => new(to, FundWire.ReadCash(body));
}
