using System.CommandLine;
using System.Globalization;
using ClearingActors.Cli.Defaults;
using ClearingActors.Cli.Stress;
using ClearingActors.Client;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Grpc;
using static ClearingActors.Cli.Defaults.DefaultText;
using Action = ClearingActors.Contracts.Actions.V1.Action;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing action</c>: what people hand in and approve on a running node, on the record.</summary>
public static class ActionCommand
{
    private const string Example = "--node http://127.0.0.1:50051 --token T";

    /// <summary>The command.</summary>
    public static Command Create() => new("action", "Actions on the record: handed in with a reason, some approved by a second person, all in the journal.")
    {
        List(), Submit(),
        Decide("approve", "Approves what somebody else has handed in: it is carried out.", "checked with the exchange", static (client, request, cancellation) => client.ApproveActionAsync(request, cancellation)),
        Decide("decline", "Declines what waits for a second person, also one's own.", "not today", static (client, request, cancellation) => client.DeclineActionAsync(request, cancellation)),
    };

    private static Option<string> Reason() => new("--reason") { Description = "Why, 1 to 500 characters; recorded with your name.", Required = true };

    private static Command List()
    {
        var node = new NodeOptions("an operator, risk manager, auditor or viewer");
        var limit = new Option<int>("--limit") { Description = "Decided actions at most, 1 to 200.", DefaultValueFactory = static _ => 50 };
        var kinds = new Option<bool>("--kinds") { Description = "What can be handed in, instead." };
        var command = new Command("list", "What waits for a second person or runs, and what was decided.") { limit, kinds };
        node.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = node.Connect(parsed);
            var answer = await LiveHouse.CallAsync(() => connection.Actions.GetActionsAsync(new GetActionsRequest { Limit = parsed.GetValue(limit) }, cancellation)).ConfigureAwait(false);
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(kinds))
            {
                PlainTable.Write(output, ["Method", "What", "Second person", "Roles"], answer.Kinds.Select(k => (string[])[k.Method, k.Title, k.NeedsSecond ? "yes" : "no", string.Join(", ", k.Roles)]));
            }
            else if (answer.Open.Count + answer.Decided.Count == 0)
            {
                await output.WriteLineAsync("No action was handed in yet.").ConfigureAwait(false);
            }
            else
            {
                PlainTable.Write(output, ["No.", "Stage", "Method", "By", "At", "Reason", "Decided by", "Outcome"], answer.Open.Concat(answer.Decided).Select(Row));
            }

            LiveHouse.Write(parsed.GetValue(node.Json), answer);
            return ExitCode.Ok;
        });
        command.AddExamples(($"clearing action list {Example}", "what waits, and the last 50 that were decided"), ($"clearing action list {Example} --kinds", "what can be handed in, and by whom"));
        return command;
    }

    private static Command Submit()
    {
        var node = new NodeOptions("an operator or risk manager");
        var method = new Argument<string>("method") { Description = "As in HaltInstrument, or in full clearing.operations.v1.OperationsService/HaltInstrument." };
        var request = new Option<string>("--request") { Description = "The method's request as JSON.", HelpName = "JSON", DefaultValueFactory = static _ => "{}" };
        var file = new Option<FileInfo?>("--request-file") { Description = "The same from a file.", HelpName = "FILE" };
        var reason = Reason();
        var id = new Option<string?>("--request-id") { Description = "An id of your own: under it the action is carried out once, however often it is sent.", HelpName = "ID" };
        var command = new Command("submit", "Hands an action in: it is done at once, or when a second person has approved it.") { method, request, file, reason, id };
        node.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = node.Connect(parsed);
            var action = new SubmitActionRequest
            {
                RequestId = parsed.GetValue(id) ?? Guid.NewGuid().ToString("N"),
                Method = await FullNameAsync(connection, parsed.GetRequiredValue(method), cancellation).ConfigureAwait(false),
                Request = parsed.GetValue(file) is { } from ? LiveHouse.Text(from.FullName) : parsed.GetRequiredValue(request),
                Reason = parsed.GetRequiredValue(reason),
            };
            try
            {
                return Tell(parsed, node, await connection.Actions.SubmitActionAsync(action, cancellation).ConfigureAwait(false));
            }
            catch (RpcException e)
            {
                var again = e.StatusCode == StatusCode.Unavailable ? $"; whether it was taken is not known: send the same again with --request-id {action.RequestId}" : "";
                throw new CommandException($"the node answered {e.StatusCode}: {e.Status.Detail}{again}", e);
            }
        });
        command.AddExamples(
            ($"clearing action submit HaltInstrument {Example} --request '{{\"instrument\":\"ES\"}}' --reason \"no quotes\"", "done at once"),
            ($"clearing action submit ResumeHouse {Example} --reason \"the feed is well\"", "waits for a second person"));
        return command;
    }

    private static Command Decide(string name, string description, string why, Func<ActionsClient, DecideActionRequest, CancellationToken, Task<ActionResponse>> decide)
    {
        var node = new NodeOptions("an operator or risk manager");
        var number = new Argument<long>("number") { Description = "The action's number." };
        var reason = Reason();
        var command = new Command(name, description) { number, reason };
        node.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = node.Connect(parsed);
            var request = new DecideActionRequest { Number = parsed.GetRequiredValue(number), Reason = parsed.GetRequiredValue(reason) };
            return Tell(parsed, node, await LiveHouse.CallAsync(() => decide(connection.Actions, request, cancellation)).ConfigureAwait(false));
        });
        command.AddExamples(($"clearing action {name} 7 {Example} --reason \"{why}\"", "see clearing action list for the numbers"));
        return command;
    }

    private static async Task<string> FullNameAsync(ClearingConnection connection, string method, CancellationToken cancellation)
    {
        if (method.Contains('/'))
        {
            return method;
        }

        var kinds = (await LiveHouse.CallAsync(() => connection.Actions.GetActionsAsync(new GetActionsRequest { Limit = 1 }, cancellation)).ConfigureAwait(false)).Kinds;
        var found = kinds.Where(k => k.Method.EndsWith($"/{method}", StringComparison.Ordinal)).ToList();
        return found.Count == 1 ? found[0].Method : throw new CommandException($"the method is \"{method}\", and {found.Count} that can be handed in are called so; see clearing action list --kinds");
    }

    private static int Tell(ParseResult parsed, NodeOptions node, ActionResponse answer)
    {
        var action = answer.Action;
        var decided = action.DecidedBy.Length > 0 ? $"{(action.Stage == ActionStage.Declined ? "" : ", approved")} by {action.DecidedBy} ({action.DecisionReason})" : "";
        parsed.InvocationConfiguration.Output.WriteLine(action.Stage == ActionStage.Proposed
            ? $"Action {action.Number} waits for a second person until {Time(action.ExpiresAt)}: clearing action approve {action.Number}"
            : $"Action {action.Number} of {action.By}: {Words(action.Stage)}{decided}{(action.Outcome.Length > 0 ? $": {action.Outcome}" : ".")}");
        LiveHouse.Write(parsed.GetValue(node.Json), answer);
        return action.Stage is ActionStage.Failed or ActionStage.Interrupted ? ExitCode.Failed : ExitCode.Ok;
    }

    private static string[] Row(Action a) =>
    [
        a.Number.ToString(CultureInfo.InvariantCulture), a.Stage == ActionStage.Proposed ? $"waits until {Time(a.ExpiresAt)}" : Words(a.Stage), a.Method[(a.Method.LastIndexOf('/') + 1)..], a.By, Time(a.At), a.Reason, a.DecidedBy, a.Outcome,
    ];
}
