using System.Text;

namespace ClearingActors.Grpc;

/// <summary>The percent-encoding of <c>grpc-message</c>: UTF-8, with all but printable ASCII, and <c>%</c> itself, as <c>%XX</c>.</summary>
internal static class StatusMessage
{
    internal static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length + 16);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                result.Append((char)b);
            }
            else
            {
                result.Append('%').Append(b.ToString("X2"));
            }
        }

        return result.ToString();
    }

    /// <summary>Never fails: what is no valid escape stays as it is, since a garbled text is better than a lost status.</summary>
    internal static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        byte[] raw = Encoding.UTF8.GetBytes(text);
        int length = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] == (byte)'%' && i + 2 < raw.Length && char.IsAsciiHexDigit((char)raw[i + 1]) && char.IsAsciiHexDigit((char)raw[i + 2]))
            {
                raw[length++] = Convert.ToByte(Encoding.ASCII.GetString(raw, i + 1, 2), 16);
                i += 2;
            }
            else
            {
                raw[length++] = raw[i];
            }
        }

        return Encoding.UTF8.GetString(raw, 0, length);
    }
}
