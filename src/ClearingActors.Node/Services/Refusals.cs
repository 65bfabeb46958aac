using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Engine;
using ClearingActors.Grpc;

namespace ClearingActors.Node.Services;

/// <summary>What went wrong, as the status that a caller gets.</summary>
internal static class Refusals
{
    /// <summary>INVALID_ARGUMENT that names the field, its value and what is allowed.</summary>
    internal static RpcException BadInput(string field, object? value, string allowed)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return new RpcException(StatusCode.InvalidArgument, $"{field} is \"{(text.Length <= 100 ? text : $"{text[..100]}...")}\": {allowed}");
    }

    /// <summary>Runs a call of the engine.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION for a refusal, UNAVAILABLE or RESOURCE_EXHAUSTED for a command without a decision.</exception>
    internal static async ValueTask<T> RunAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (RefusedException e)
        {
            throw new RpcException(StatusCode.FailedPrecondition, e.Message, e);
        }
        catch (CommandFailedException e)
        {
            throw new RpcException(e.Kind == CommandFailureKind.ResourceExhausted ? StatusCode.ResourceExhausted : StatusCode.Unavailable, e.Message, e);
        }
    }

    /// <summary>As <see cref="RunAsync{T}"/>.</summary>
    internal static async ValueTask RunAsync(Func<Task> call) => await RunAsync(async () =>
    {
        await call().ConfigureAwait(false);
        return true;
    }).ConfigureAwait(false);
}
