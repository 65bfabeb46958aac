namespace ClearingActors.Cli.History;

/// <summary>A price history that cannot be used. The message says where, what is there and what to do about it.</summary>
public sealed class PriceHistoryException : Exception
{
    /// <param name="file">The file as the user named it.</param>
    /// <param name="line">From 1; 0 when the file as a whole is at fault.</param>
    /// <param name="column">The column's name; empty when no single column is at fault.</param>
    /// <param name="value">What stands there; empty when nothing does.</param>
    /// <param name="problem">What is wrong with it and what would be right.</param>
    /// <param name="inner">What the reader said, if anything.</param>
    public PriceHistoryException(string file, int line, string column, string value, string problem, Exception? inner = null)
        : base(Text(file, line, column, value, problem), inner)
    {
        Line = line;
        Column = column;
        Value = value;
    }

    /// <summary>From 1; 0 when the file as a whole is at fault.</summary>
    public int Line { get; }

    /// <summary>Empty when no single column is at fault.</summary>
    public string Column { get; }

    /// <summary>The text at fault; empty when there is none.</summary>
    public string Value { get; }

    private static string Text(string file, int line, string column, string value, string problem)
    {
        var place = line == 0 ? file : column.Length == 0 ? $"{file}, line {line}" : $"{file}, line {line}, column {column}";
        return value.Length == 0 ? $"{place}: {problem}" : $"{place}: '{value}' {problem}";
    }
}
