using System.Numerics;
using ClearingActors.Domain;

namespace ClearingActors.Cli.Models.Kinds;

/// <summary>Numbers of accounts or members: objects whose field names are ids.</summary>
internal static class ById
{
    public static Dictionary<string, long> Lots(VectorObject ids) => Read(ids, ids.Integer);

    public static Dictionary<string, T> Read<T>(VectorObject ids, Func<string, T> read) => ids.Names.ToDictionary(id => id, read, StringComparer.Ordinal);

    /// <summary>Compares by id. An id that the file leaves out is expected to be zero; one that it adds is unknown.</summary>
    public static void Compare(VectorReport report, string name, string quantity, VectorObject expected, IReadOnlyDictionary<string, BigInteger> got)
    {
        foreach (var (id, value) in got.OrderBy(g => g.Key, Utf8Ordinal.Order))
        {
            report.Whole(name, $"{quantity} {id}", expected.Has(id) ? expected.BigInteger(id) : BigInteger.Zero, value);
        }

        expected.Close();
    }

    /// <summary>The same for decimals.</summary>
    public static void Compare(VectorReport report, string name, string quantity, VectorObject expected, IReadOnlyDictionary<string, decimal> got)
    {
        foreach (var (id, value) in got.OrderBy(g => g.Key, Utf8Ordinal.Order))
        {
            report.Exact(name, $"{quantity} {id}", expected.Has(id) ? expected.Exact(id) : ExactFraction.Zero, ExactFraction.From(value));
        }

        expected.Close();
    }
}
