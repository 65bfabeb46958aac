using System.CommandLine;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ClearingActors.Cli.Stress;
using ClearingActors.Contracts.Stress.V1;
using ClearingActors.Domain;
using ClearingActors.Risk.DefaultFund;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing stress</c>: a house of a file under scenarios, and the smallest shock that exhausts it (rulebook 10).</summary>
public static class StressCommand
{
    private const int LargestFirstFailures = 3;
    private const int AccountsListed = 5;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The command.</summary>
    public static Command Create() => new("stress", "Stress tests of a house: uncovered losses, the default fund, failures in turn, gearing.") { Run(), Reverse(), Fund() };

    private static Option<string> Portfolio() => new("--portfolio") { Description = "The file of the house.", DefaultValueFactory = _ => Path.Combine("config", "stress", "example-house.json") };

    private static Option<int> Failures() => new("--failures") { Description = "How many members, affiliates as one, fail first: those with the largest uncovered losses.", DefaultValueFactory = _ => 2 };

    private static Option<FileInfo?> ToFile() => new("--json") { Description = "Writes every figure to this file." };

    private static Command Fund()
    {
        var node = new Option<string>("--node") { Description = "The address of a running node.", Required = true };
        var token = LiveHouse.Token();
        var terms = new Option<FileInfo?>("--terms") { Description = "Sets the fund's terms from this file first." };
        var size = new Option<bool>("--size") { Description = "Sizes the fund from the last stress run and calls the contributions." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Computes the size only." };
        var json = ToFile();
        var command = new Command("fund", "The default fund of a running node: its size, and what members owe.") { node, token, terms, size, dryRun, json };
        command.SetAction((parsed, cancellation) => LiveHouse.FundAsync(
            parsed.GetRequiredValue(node), parsed.GetValue(token), parsed.GetValue(terms), parsed.GetValue(size), parsed.GetValue(dryRun), parsed.GetValue(json), parsed.InvocationConfiguration.Output, cancellation));
        command.AddExamples(
            ("clearing stress fund --node http://127.0.0.1:50051 --token T", "what is called, held and due"),
            ("clearing stress fund --node http://127.0.0.1:50051 --token T --terms fund.json --dry-run", "what the fund would be under these terms"));
        return command;
    }

    private static Command Run()
    {
        var scenarios = new Option<string>("--scenarios") { Description = "The directory of the scenarios, one file each.", DefaultValueFactory = _ => Path.Combine("config", "scenarios") };
        var portfolio = Portfolio();
        var failures = Failures();
        var json = ToFile();
        var (node, token) = (LiveHouse.Node(), LiveHouse.Token());
        var command = new Command("run", "Runs every scenario over a house. Exit code 1 if one exhausts its resources.") { scenarios, portfolio, failures, json, node, token };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(node) is { } address)
            {
                var named = parsed.GetResult(scenarios) is { Implicit: false } ? parsed.GetRequiredValue(scenarios) : null;
                return await LiveHouse.RunAsync(address, parsed.GetValue(token), named, parsed.GetValue(json), parsed.InvocationConfiguration.Output, cancellation);
            }

            return RunFile(parsed, portfolio, scenarios, failures, json);
        });
        command.AddExamples(
            ("clearing stress run", "the scenarios and the example house of config/"),
            ("clearing stress run --portfolio my-house.json --json stress.json", "a house of your own, with every figure as JSON"),
            ("clearing stress run --node http://127.0.0.1:50051 --token T --scenarios config/scenarios", "the live house, with these scenarios from now on"));
        return command;
    }

    private static int RunFile(ParseResult parsed, Option<string> portfolio, Option<string> scenarios, Option<int> failures, Option<FileInfo?> json)
    {
        var house = StressFiles.House(parsed.GetRequiredValue(portfolio));
        var named = StressFiles.Scenarios(parsed.GetRequiredValue(scenarios));
        var first = AtLeastOne(parsed.GetValue(failures));
        var results = named.Select(s => Refusals(() => HouseStress.Run(house, s.Scenario, first))).ToList();
        var fund = Refusals(() => HouseStress.Fund(house, results));
        var smallest = results.Select(r => FailurePropagation.SmallestExhaustingSet(HouseStress.Propagating(house, r.UncoveredLosses), house.Layers, LargestFirstFailures)).ToList();
        Print(house, named, results, fund, smallest, parsed.InvocationConfiguration.Output);
        if (parsed.GetValue(json) is { } target)
        {
            Write(target, house, results, fund, smallest);
        }

        return results.Any(r => r.Propagation.Exhausted) ? ExitCode.Failed : ExitCode.Ok;
    }

    private static Command Reverse()
    {
        var portfolio = Portfolio();
        var failures = Failures();
        var factor = new Option<string>("--factor") { Description = "The underlying whose price is shocked at every node; all else stays unmoved.", Required = true };
        var kind = new Option<ChangeKind>("--kind") { Description = "Relative, or Absolute in price units.", DefaultValueFactory = _ => ChangeKind.Relative };
        var furthest = new Option<double>("--furthest") { Description = "The end of the range, negative for a fall.", DefaultValueFactory = _ => -0.99 };
        var steps = new Option<int>("--steps") { Description = "Steps of the grid.", DefaultValueFactory = _ => 200 };
        var tolerance = new Option<double>("--tolerance") { Description = "How exactly the shock is found, in its own unit.", DefaultValueFactory = _ => 1e-6 };
        var json = ToFile();
        var (node, token) = (LiveHouse.Node(), LiveHouse.Token());
        var command = new Command("reverse", "The smallest shock of one factor that exhausts a house's resources.") { portfolio, failures, factor, kind, furthest, steps, tolerance, json, node, token };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(node) is { } address)
            {
                var request = new RunReverseStressRequest
                {
                    Factor = parsed.GetRequiredValue(factor),
                    Kind = parsed.GetValue(kind) == ChangeKind.Relative ? RunReverseStressRequest.Types.Kind.Relative : RunReverseStressRequest.Types.Kind.Absolute,
                    Furthest = parsed.GetValue(furthest),
                    Steps = parsed.GetValue(steps),
                    Tolerance = parsed.GetValue(tolerance),
                };
                return await LiveHouse.ReverseAsync(address, parsed.GetValue(token), request, parsed.GetValue(json), parsed.InvocationConfiguration.Output, cancellation);
            }

            if (parsed.GetValue(json) is not null)
            {
                throw new CommandException("--json is for the live house; name its --node too, or leave it out");
            }

            var house = StressFiles.House(parsed.GetRequiredValue(portfolio));
            var name = parsed.GetRequiredValue(factor);
            var how = parsed.GetValue(kind);
            var first = AtLeastOne(parsed.GetValue(failures));
            if (!house.Members.SelectMany(m => m.Accounts).SelectMany(a => a.Holdings).Any(h => h.Instrument.Factor.Name == name))
            {
                throw new CommandException($"--factor {name}: no account of the house has a position on it");
            }

            HouseStressResult At(double shock) => HouseStress.Run(house, new StressScenario("reverse", [new StressShock(RiskFactorId.Price(name), how, shock)], otherFactorsUnmoved: true), first);
            var found = Refusals(() => ReverseStress.SmallestShock(shock => At(shock).Propagation.Exhausted, parsed.GetValue(furthest), parsed.GetValue(steps), parsed.GetValue(tolerance)));
            var output = parsed.InvocationConfiguration.Output;
            if (!found.Found)
            {
                output.WriteLine($"No shock of {name} from 0 to {Number(found.Shock)} exhausts the resources ({found.Evaluations} evaluations).");
                return ExitCode.Ok;
            }

            var result = At(found.Shock).Propagation;
            output.WriteLine($"A shock of {Number(found.Shock)} ({how.ToString().ToLowerInvariant()}) on {name} exhausts the resources ({found.Evaluations} evaluations).");
            output.WriteLine($"Failed in turn: {Rounds(result)}. Loss {Amount(house, result.Loss)}, beyond all resources {Amount(house, result.Unallocated)} {house.Currency}.");
            return ExitCode.Ok;
        });
        command.AddExamples(
            ("clearing stress reverse --factor SPX", "how far the index must fall"),
            ("clearing stress reverse --factor WTI --kind Absolute --furthest -150", "an absolute fall, through zero"));
        return command;
    }

    private static int AtLeastOne(int failures) => failures >= 1 ? failures : throw new CommandException($"--failures is {failures}; 1 or more is needed");

    private static T Refusals<T>(Func<T> compute)
    {
        try
        {
            return compute();
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw new CommandException(Refusal.Of(e), e);
        }
    }

    private static void Print(StressHouse house, IReadOnlyList<NamedScenario> named, List<HouseStressResult> results, DefaultFundSize fund, List<FirstFailures> smallest, TextWriter output)
    {
        string[] columns = ["Scenario", "Largest", "2nd and 3rd", "Cover two", "Failed in turn", "Resources left", "Beyond them", $"Fewest first failures to exhaust (up to {LargestFirstFailures})"];
        PlainTable.Write(output, columns, results.Select((result, i) =>
        {
            var demand = fund.Demands.Single(d => d.Scenario == result.Scenario);
            return (string[])
            [
                $"{result.Scenario}: {named[i].Name}", Amount(house, demand.Largest), Amount(house, demand.SecondAndThird), Amount(house, demand.CoverTwo), Rounds(result.Propagation),
                Amount(house, result.Propagation.ResourcesLeft), Amount(house, result.Propagation.Unallocated), First(smallest[i]),
            ];
        }));
        var paid = house.Members.Aggregate(BigInteger.Zero, (sum, m) => sum + m.Contribution);
        output.WriteLine($"Fund: {Amount(house, fund.Fund)} {house.Currency} needed for two in {fund.Scenario} with {house.BufferPercent} % buffer; {Amount(house, paid)} paid in.");
        PlainTable.Write(output, ["Member", "Paid in", "Needed"], house.Members.OrderBy(m => m.Id, Utf8Ordinal.Order).Select(m => (string[])
            [m.Id, Amount(house, m.Contribution), Amount(house, fund.Contributions[m.Id])]));
        output.WriteLine($"Highest gearing in any scenario ({AccountsListed} accounts):");
        var geared = results.SelectMany(r => r.Accounts.Select(a => (r.Scenario, Account: a))).GroupBy(g => g.Account.Account)
            .Select(g => g.MaxBy(a => Gearing(a.Account))).OrderByDescending(g => Gearing(g.Account)).ThenBy(g => g.Account.Account, Utf8Ordinal.Order).Take(AccountsListed);
        foreach (var (scenario, account) in geared)
        {
            var gearing = account.Gearing.Gearing is null ? "no equity left" : Gearing(account).ToString("0.0", CultureInfo.InvariantCulture);
            output.WriteLine($"  {account.Account}: {gearing} in {scenario}, loss {Amount(house, account.Loss)}");
        }
    }

    private static double Gearing(StressedAccountResult account) => account.Gearing.Gearing is { } g ? (double)g.Numerator / (double)g.Denominator : double.PositiveInfinity;

    private static string Rounds(PropagationResult result) => result.Rounds == 0 ? "nobody" : string.Join(", then ", result.Failed.Select(r => string.Join(" ", r)));

    private static string First(FirstFailures found) => found.Members is { } members ? string.Join(" ", members) : $"none of up to {found.SearchedSize}";

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Amount(StressHouse house, BigInteger minorUnits)
    {
        var digits = BigInteger.Abs(minorUnits).ToString(CultureInfo.InvariantCulture).PadLeft(house.Currency.Digits + 1, '0');
        var whole = BigInteger.Parse(digits[..^house.Currency.Digits], CultureInfo.InvariantCulture).ToString("N0", CultureInfo.InvariantCulture);
        return (minorUnits.Sign < 0 ? "-" : "") + whole + (house.Currency.Digits > 0 ? "." + digits[^house.Currency.Digits..] : "");
    }

    private static void Write(FileInfo target, StressHouse house, List<HouseStressResult> results, DefaultFundSize fund, List<FirstFailures> smallest)
    {
        var content = new
        {
            Currency = house.Currency.Code,
            house.Currency.Digits,
            CoverTwo = fund.CoverTwo.ToString(CultureInfo.InvariantCulture),
            fund.Scenario,
            Fund = fund.Fund.ToString(CultureInfo.InvariantCulture),
            Contributions = fund.Contributions.ToDictionary(c => c.Key, c => c.Value.ToString(CultureInfo.InvariantCulture)),
            Scenarios = results.Select((r, i) => new
            {
                r.Scenario,
                UncoveredLosses = r.UncoveredLosses.ToDictionary(u => u.Key, u => u.Value.ToString(CultureInfo.InvariantCulture)),
                r.Propagation.Failed,
                ResourcesLeft = r.Propagation.ResourcesLeft.ToString(CultureInfo.InvariantCulture),
                Unallocated = r.Propagation.Unallocated.ToString(CultureInfo.InvariantCulture),
                FewestFirstFailures = smallest[i].Members,
                SearchedUpTo = smallest[i].SearchedSize,
                Accounts = r.Accounts.Select(a => new { a.Member, a.Account, a.Loss, a.RevaluedCollateral, Gearing = double.IsFinite(Gearing(a)) ? Gearing(a) : (double?)null }),
            }),
        };
        OutputFile.Write(target, JsonSerializer.Serialize(content, Json));
    }
}
