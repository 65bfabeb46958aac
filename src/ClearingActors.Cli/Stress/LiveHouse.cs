using System.CommandLine;
using System.Globalization;
using System.Text;
using ClearingActors.Client;
using ClearingActors.Contracts.Stress.V1;
using ClearingActors.Grpc;
using Google.Protobuf;
using Decimal = ClearingActors.Contracts.Common.V1.Decimal;

namespace ClearingActors.Cli.Stress;

/// <summary>The commands over a running node, most of them instead of a file.</summary>
public static class LiveHouse
{
    internal static Option<string?> Node() => new("--node") { Description = "The address of a running node, such as http://127.0.0.1:50051: the live house instead of a file." };

    internal static Option<string?> Token() => new("--token") { Description = "The token of an operator of the node." };

    /// <summary>Runs stress over the house as its last cycle left it, with the scenarios of a directory if one is named.</summary>
    internal static async Task<int> RunAsync(string node, string? token, string? scenarios, FileInfo? json, TextWriter output, CancellationToken cancellation)
    {
        using var connection = Connect(node, token);
        if (scenarios is not null)
        {
            await CallAsync(() => connection.Stress.SetScenariosAsync(new SetScenariosRequest { Scenarios = Library(scenarios), Reason = "clearing stress run" }, cancellation)).ConfigureAwait(false);
        }

        var run = (await CallAsync(() => connection.Stress.RunStressAsync(new RunStressRequest(), cancellation)).ConfigureAwait(false)).Run;
        output.WriteLine($"Stress run {run.Run} of cycle {run.Cycle}, {run.BusinessDate}, in {run.Currency}:");
        PlainTable.Write(output, ["Scenario", "Uncovered losses", "Failed in turn", "Resources left", "Beyond them"], run.Scenarios.Select(s =>
        {
            var losses = s.UncoveredLosses.Where(u => u.Amount.Mantissa != 0).Select(u => $"{u.Member} {Text(u.Amount)}").ToList();
            return (string[])[s.Scenario, losses.Count == 0 ? "none" : string.Join("; ", losses), Rounds(s.Failed), Text(s.ResourcesLeft), Text(s.Unallocated)];
        }));
        WriteLiquidity(run, output);
        Write(json, run);
        return run.Scenarios.Any(s => s.Unallocated.Mantissa > 0) ? ExitCode.Failed : ExitCode.Ok;
    }

    private static void WriteLiquidity(StressRun run, TextWriter output)
    {
        output.WriteLine("Payments of the day that two members leave unpaid, and the cash for them, by currency:");
        PlainTable.Write(output, ["Scenario", "Currency", "Two largest", "To be paid", "Their cash", "Fund", "Missing"], run.Scenarios.SelectMany(s => s.Liquidity, (s, need) => (string[])
            [s.Scenario, need.Currency, string.Join(' ', need.Members), Text(need.Payments), Text(need.Cash), Text(need.Fund), Text(need.Shortfall)]));
    }

    /// <summary>The smallest shock that exhausts the resources of the live house.</summary>
    internal static async Task<int> ReverseAsync(string node, string? token, RunReverseStressRequest request, FileInfo? json, TextWriter output, CancellationToken cancellation)
    {
        using var connection = Connect(node, token);
        var found = await CallAsync(() => connection.Stress.RunReverseStressAsync(request, cancellation)).ConfigureAwait(false);
        var shock = found.Shock.ToString("0.######", CultureInfo.InvariantCulture);
        output.WriteLine(found.Found
            ? $"A shock of {shock} ({request.Kind.ToString().ToLowerInvariant()}) on {request.Factor} exhausts the resources ({found.Evaluations} evaluations, the house of stress run {found.Run})."
            : $"No shock of {request.Factor} from 0 to {shock} exhausts the resources ({found.Evaluations} evaluations, the house of stress run {found.Run}).");
        if (found.Result is { } result)
        {
            output.WriteLine($"Failed in turn: {Rounds(result.Failed)}. Beyond all resources {Text(result.Unallocated)} {found.Currency}.");
        }

        Write(json, found);
        return ExitCode.Ok;
    }

    /// <summary>The default fund as it stands, after setting its terms and sizing it if asked to.</summary>
    internal static async Task<int> FundAsync(string node, string? token, FileInfo? terms, bool size, bool dryRun, FileInfo? json, TextWriter output, CancellationToken cancellation)
    {
        using var connection = Connect(node, token);
        if (terms is not null)
        {
            await CallAsync(() => connection.Stress.SetFundTermsAsync(new SetFundTermsRequest { Terms = Text(terms.FullName), Reason = "clearing stress fund" }, cancellation)).ConfigureAwait(false);
        }

        if (size || dryRun)
        {
            var sized = await CallAsync(() => connection.Stress.SizeDefaultFundAsync(new SizeDefaultFundRequest { DryRun = dryRun }, cancellation)).ConfigureAwait(false);
            PlainTable.Write(output, ["Scenario", "Largest", "2nd and 3rd", "Cover two"], sized.Demands.Select(d => (string[])[d.Scenario, Text(d.Largest), Text(d.SecondAndThird), Text(d.CoverTwo)]));
            output.WriteLine($"Fund: {Text(sized.Size.Fund)} {sized.Size.Currency} for two in {sized.Size.Scenario}{(dryRun ? ", computed only" : $", call {sized.Size.Call}")}.");
            if (dryRun)
            {
                Write(json, sized);
                return ExitCode.Ok;
            }
        }

        var fund = await CallAsync(() => connection.Stress.GetDefaultFundAsync(new GetDefaultFundRequest(), cancellation)).ConfigureAwait(false);
        if (fund.Size is null)
        {
            output.WriteLine("The fund has not been sized yet.");
        }
        else
        {
            PlainTable.Write(output, ["Member", "Account", "Required", "Held", "Due", "Status"], fund.Contributions.Select(c => (string[])
                [c.Member, c.Account, Text(c.Required), Text(c.Held), Text(c.Due), c.Status.ToString()]));
            output.WriteLine($"Fund: {Text(fund.Size.Fund)} {fund.Size.Currency} called, {Text(fund.Held)} held.");
        }

        Write(json, fund);
        return ExitCode.Ok;
    }

    /// <summary>The files of a directory as one list; the node checks them.</summary>
    private static string Library(string directory)
    {
        var files = StressFiles.Files(directory);
        var text = new StringBuilder("[");
        foreach (var file in files)
        {
            // A line comment may be the file's last line.
            text.Append(text.Length > 1 ? ",\n" : "\n").Append(Text(file)).Append('\n');
        }

        return text.Append(']').ToString();
    }

    internal static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{file} cannot be read: {e.Message}", e);
        }
    }

    internal static ClearingConnection Connect(string node, string? token) =>
        Uri.TryCreate(node, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new ClearingConnection(address, new ClearingConnectionOptions { Token = token })
            : throw new CommandException($"--node is \"{node}\"; an address such as http://127.0.0.1:50051 is needed");

    internal static async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            throw new CommandException($"the node answered {e.StatusCode}: {e.Status.Detail}", e);
        }
    }

    private static string Text(Decimal amount)
    {
        var places = Math.Max(0, -amount.Exponent);
        var value = amount.Mantissa / (decimal)Math.Pow(10, places) * (decimal)Math.Pow(10, Math.Max(0, amount.Exponent));
        return value.ToString($"N{places}", CultureInfo.InvariantCulture);
    }

    private static string Rounds(IEnumerable<FailedRound> rounds) => string.Join(", then ", rounds.Select(r => string.Join(' ', r.Members))) is { Length: > 0 } text ? text : "nobody";

    internal static void Write(FileInfo? target, IMessage message)
    {
        if (target is not null)
        {
            OutputFile.Write(target, new JsonFormatter(JsonFormatter.Settings.Default.WithIndentation().WithFormatDefaultValues(true)).Format(message));
        }
    }
}
