using System.Collections;
using System.Reflection;
using ClearingActors.Domain.Instruments;

namespace ClearingActors.Domain.Tests;

/// <summary>Compares two snapshots value by value, lists and bytes included, and names the first path at which they differ.</summary>
internal static class Same
{
    public static void State(object? actual, object? expected) => Difference(actual, expected, "state").ShouldBeNull();

    public static string? Difference(object? left, object? right, string path)
    {
        if (left is null || right is null)
        {
            return left is null && right is null ? null : $"{path}: {left ?? "null"} and {right ?? "null"}";
        }

        if (left is ReadOnlyMemory<byte> leftBytes && right is ReadOnlyMemory<byte> rightBytes)
        {
            return leftBytes.Span.SequenceEqual(rightBytes.Span) ? null : $"{path}: bytes differ";
        }

        var type = left.GetType();
        if (left is IEnumerable leftItems and not string && right is IEnumerable rightItems)
        {
            var a = leftItems.Cast<object>().ToList();
            var b = rightItems.Cast<object>().ToList();
            return a.Count != b.Count
                ? $"{path}: {a.Count} and {b.Count} items"
                : a.Select((item, i) => Difference(item, b[i], $"{path}[{i}]")).FirstOrDefault(d => d is not null);
        }

        if (type != right.GetType())
        {
            return $"{path}: {type} and {right.GetType()}";
        }

        if (type.IsPrimitive || type.IsEnum || left is string or decimal or DateOnly or Int128 or ExactAmount or Currency or Instrument
            || type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IComparable<>)))
        {
            return left.Equals(right) ? null : $"{path}: {left} and {right}";
        }

        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.GetIndexParameters().Length == 0)
            .Select(p => Difference(p.GetValue(left), p.GetValue(right), $"{path}.{p.Name}"))
            .FirstOrDefault(d => d is not null);
    }
}
