using System.CommandLine;
using ClearingActors.Cli.Bench;
using ClearingActors.Domain;
using ClearingActors.Grpc;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing bench-client</c>: the process that <c>bench</c> starts to load a node; hidden, as it needs a house that was set up for it.</summary>
public static class BenchClientCommand
{
    /// <summary>Printed when the warm-up is over.</summary>
    internal const string Measuring = "measuring";

    public static Command Create()
    {
        var defaults = new BenchOptions { Address = new Uri("http://127.0.0.1:5400"), ExecutionTime = 1 };
        var address = new Option<Uri>("--address") { Description = "The node.", Required = true, CustomParser = ParseAddress };
        var token = new Option<string>("--token") { Description = "Of a member or venue that may report for the source." };
        var trades = Count("--trades", "How many trades; not with --rate.", defaults.Trades);
        var batch = Count("--batch", "Trades in a message.", defaults.Batch);
        var accounts = Count("--accounts", "A000001 and so many on.", defaults.Accounts);
        var window = Count("--window", "The most trades without an answer.", defaults.Window);
        var rate = Count("--rate", "Trades a second at instants fixed beforehand; 0 for as fast as may be.", defaults.Rate);
        var seconds = Count("--seconds", "How long to hold the rate.", defaults.Seconds);
        var warmUp = Count("--warm-up", "How many seconds to hold the rate before latencies count; a line \"measuring\" says when they do.", defaults.WarmUpSeconds);
        var firstId = Count("--first-id", "The number in the first trade's id.", defaults.FirstId);
        var source = new Option<string>("--source") { Description = "Whose trades.", DefaultValueFactory = _ => defaults.Source };
        var instrument = new Option<string>("--instrument") { Description = "What is traded.", DefaultValueFactory = _ => defaults.Instrument };
        var price = new Option<decimal>("--price") { Description = "At what price.", DefaultValueFactory = _ => defaults.Price };
        var executionTime = new Option<long?>("--execution-time") { Description = "When, in UTC nanoseconds; the default is the machine's clock." };
        var command = new Command("bench-client", "Loads a node with trades and prints what came of it as a line of JSON.")
        {
            address, token, trades, batch, accounts, window, rate, seconds, warmUp, firstId, source, instrument, price, executionTime,
        };
        command.Hidden = true;
        command.AddExamples(
            ("clearing bench-client --address http://127.0.0.1:5400 --token venue --batch 500 --trades 1000000", "a million trades in messages of 500"),
            ("clearing bench-client --address http://127.0.0.1:5400 --token venue --rate 10000 --seconds 30", "latencies at 10,000 trades a second"));
        command.SetAction(async (result, cancellationToken) =>
        {
            using var client = new BenchClient(new BenchOptions
            {
                Address = result.GetRequiredValue(address),
                Token = result.GetValue(token),
                Trades = result.GetValue(trades),
                Batch = result.GetValue(batch),
                Accounts = result.GetValue(accounts),
                Window = result.GetValue(window),
                Rate = result.GetValue(rate),
                Seconds = result.GetValue(seconds),
                WarmUpSeconds = result.GetValue(warmUp),
                FirstId = result.GetValue(firstId),
                Source = result.GetValue(source)!,
                Instrument = result.GetValue(instrument)!,
                Price = result.GetValue(price),
                ExecutionTime = result.GetValue(executionTime) ?? UtcTime.Of(DateTimeOffset.UtcNow),
            });
            try
            {
                var measured = await client.RunAsync(() => result.InvocationConfiguration.Output.WriteLine(Measuring), cancellationToken);
                await result.InvocationConfiguration.Output.WriteLineAsync(measured.ToJson());
                return measured.Novated == measured.Trades ? ExitCode.Ok : ExitCode.Failed;
            }
            catch (RpcException e)
            {
                await result.InvocationConfiguration.Error.WriteLineAsync($"error: the node ended the run with {e.StatusCode}: {e.Status.Detail}");
                return ExitCode.Failed;
            }
        });
        return command;
    }

    private static Option<int> Count(string name, string description, int value) => new(name) { Description = description, DefaultValueFactory = _ => value };

    private static Uri? ParseAddress(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            return address;
        }

        result.AddError($"'{text}' is no address of the form http://host:port");
        return null;
    }
}
