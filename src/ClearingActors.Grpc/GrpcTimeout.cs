using System.Globalization;

namespace ClearingActors.Grpc;

/// <summary>The text of <c>grpc-timeout</c>: one to eight digits and a unit out of H, M, S, m, u and n.</summary>
internal static class GrpcTimeout
{
    private const long MaxDigits = 99_999_999;

    /// <summary>Rounds up, so that the server never gives up before its client. A time that has run out becomes the smallest there is.</summary>
    internal static string Encode(TimeSpan timeout)
    {
        long ticks = timeout.Ticks;
        if (ticks <= 0)
        {
            return "1n";
        }

        if (ticks <= MaxDigits / 100)
        {
            return Text(ticks * 100, 'n');
        }

        ReadOnlySpan<(long Ticks, char Unit)> units =
        [
            (TimeSpan.TicksPerMicrosecond, 'u'),
            (TimeSpan.TicksPerMillisecond, 'm'),
            (TimeSpan.TicksPerSecond, 'S'),
            (TimeSpan.TicksPerMinute, 'M'),
        ];
        foreach (var (unit, letter) in units)
        {
            long count = (ticks / unit) + (ticks % unit == 0 ? 0 : 1);
            if (count <= MaxDigits)
            {
                return Text(count, letter);
            }
        }

        // The longest TimeSpan has more hours than eight digits do; no call lasts so long.
        return Text(Math.Min(ticks / TimeSpan.TicksPerHour, MaxDigits), 'H');
    }

    /// <summary>False for text that breaks the protocol. A time beyond <see cref="TimeSpan"/> becomes <see cref="TimeSpan.MaxValue"/>.</summary>
    internal static bool TryDecode(string text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > 9
            || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long count))
        {
            return false;
        }

        long unit;
        switch (text[^1])
        {
            case 'H': unit = TimeSpan.TicksPerHour; break;
            case 'M': unit = TimeSpan.TicksPerMinute; break;
            case 'S': unit = TimeSpan.TicksPerSecond; break;
            case 'm': unit = TimeSpan.TicksPerMillisecond; break;
            case 'u': unit = TimeSpan.TicksPerMicrosecond; break;
            case 'n':
                timeout = new TimeSpan((count + 99) / 100);
                return true;
            default:
                return false;
        }

        timeout = count > long.MaxValue / unit ? TimeSpan.MaxValue : new TimeSpan(count * unit);
        return true;
    }

    private static string Text(long count, char unit) => count.ToString(CultureInfo.InvariantCulture) + unit;
}
