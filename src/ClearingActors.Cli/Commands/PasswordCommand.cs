using System.CommandLine;
using System.Text;
using ClearingActors.Node.Dashboard;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing password</c>: makes the hash of a password for the settings of the operators' page.</summary>
public static class PasswordCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var stdin = new Option<bool>("--stdin") { Description = "Reads the password from the first line of standard input, in place of asking twice." };
        var command = new Command("password", $"Prints the hash of a password of {Passwords.Shortest} to {Passwords.Longest} characters, for web.users of a node's settings. The password itself is kept nowhere.") { stdin };
        command.SetAction(parsed =>
        {
            var password = parsed.GetValue(stdin) ? Console.In.ReadLine() ?? "" : Ask(parsed.InvocationConfiguration.Error);
            if (password.Length is < Passwords.Shortest or > Passwords.Longest)
            {
                throw new CommandException($"the password has {password.Length} characters: {Passwords.Shortest} to {Passwords.Longest} are required");
            }

            parsed.InvocationConfiguration.Output.WriteLine(Passwords.Hash(password));
            return ExitCode.Ok;
        });
        command.AddExamples(
            ("clearing password", "asks for it twice, without showing it"),
            ("pass show clearing/ops1 | clearing password --stdin", "from a password store"));
        return command;
    }

    private static string Ask(TextWriter prompt)
    {
        if (Console.IsInputRedirected)
        {
            throw new CommandException("there is no terminal to ask at: use --stdin");
        }

        var first = ReadHidden(prompt, "Password: ");
        return first == ReadHidden(prompt, "Again: ") ? first : throw new CommandException("the two are not the same");
    }

    private static string ReadHidden(TextWriter prompt, string question)
    {
        prompt.Write(question);
        var text = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                prompt.WriteLine();
                return text.ToString();
            }

            if (key.Key == ConsoleKey.Backspace)
            {
                text.Length = Math.Max(0, text.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                text.Append(key.KeyChar);
            }
        }
    }
}
