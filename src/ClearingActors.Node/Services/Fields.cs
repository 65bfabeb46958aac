using ClearingActors.Domain;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Node.Services;

/// <summary>Reads fields of requests into the domain's types.</summary>
internal static class Fields
{
    internal const string IdRule = "1 to 64 characters of A-Z a-z 0-9 . _ - are allowed";

    internal delegate bool TryParse<T>(string? text, out T id);

    /// <exception cref="Grpc.RpcException">INVALID_ARGUMENT.</exception>
    internal static T Id<T>(string field, string text, TryParse<T> tryParse) => tryParse(text, out var id) ? id : throw Refusals.BadInput(field, text, IdRule);

    /// <exception cref="Grpc.RpcException">INVALID_ARGUMENT.</exception>
    internal static DateOnly Date(string field, int value) =>
        value != 0 && Dates.TryFromInt(value, out var date) ? date : throw Refusals.BadInput(field, value, "a date as yyyymmdd is required");

    /// <summary>A currency of those that are configured.</summary>
    /// <exception cref="Grpc.RpcException">INVALID_ARGUMENT.</exception>
    internal static Currency Currency(string field, string code, IReadOnlyDictionary<string, int> known) => known.TryGetValue(code, out var digits)
        ? new Currency(code, digits)
        : throw Refusals.BadInput(field, code, $"one of the configured currencies is required: {string.Join(", ", known.Keys)}");

    /// <summary>An amount in whole minor units.</summary>
    /// <exception cref="Grpc.RpcException">INVALID_ARGUMENT.</exception>
    internal static Money Amount(string field, Contracts.Common.V1.Decimal? value, Currency currency)
    {
        var amount = WireDecimal.Read(field, value);
        return Money.TryFromDecimal(amount, currency, out var money) ? money : throw Refusals.BadInput(field, amount, $"at most {currency.Digits} decimal places and 18 digits are allowed in {currency}");
    }
}
