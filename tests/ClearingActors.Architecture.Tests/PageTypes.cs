using System.Text;
using Google.Protobuf.Reflection;

namespace ClearingActors.Architecture.Tests;

/// <summary>TypeScript types of the unary calls, as the JSON form of protocol buffers has them with default values written: a file per package and one with all methods.</summary>
internal static class PageTypes
{
    private const string Head = "// Generated from the .proto files by the test PageTypesTests; do not edit.\n";

    internal static SortedDictionary<string, string> Of(IEnumerable<FileDescriptor> files)
    {
        var methods = files.SelectMany(f => f.Services).SelectMany(s => s.Methods).Where(m => !m.IsClientStreaming && !m.IsServerStreaming)
            .OrderBy(m => m.FullName, StringComparer.Ordinal).ToList();
        var types = new SortedDictionary<string, IDescriptor>(StringComparer.Ordinal);
        foreach (var method in methods)
        {
            Add(method.InputType, types);
            Add(method.OutputType, types);
        }

        var modules = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var package in types.Values.GroupBy(t => ModuleOf(t.File)))
        {
            var body = new StringBuilder();
            var used = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var type in package)
            {
                body.Append('\n').Append(type is EnumDescriptor e ? EnumText(e) : MessageText((MessageDescriptor)type, package.Key, used));
            }

            modules[$"{package.Key}.ts"] = Head + string.Concat(used.Select(u => $"import type * as {u} from './{u}';\n")) + body;
        }

        var all = new StringBuilder(Head);
        var imports = methods.SelectMany(m => new[] { ModuleOf(m.InputType.File), ModuleOf(m.OutputType.File) }).Distinct().Order(StringComparer.Ordinal);
        foreach (var module in imports)
        {
            all.Append("import type * as ").Append(module).Append(" from './").Append(module).Append("';\n");
        }

        all.Append("\n/** Every unary call of the node, by its full name. */\nexport interface Methods {\n");
        foreach (var method in methods)
        {
            all.Append("  '").Append(method.Service.FullName).Append('/').Append(method.Name).Append("': { request: ").Append(ModuleOf(method.InputType.File)).Append('.').Append(NameOf(method.InputType))
                .Append("; response: ").Append(ModuleOf(method.OutputType.File)).Append('.').Append(NameOf(method.OutputType)).Append(" };\n");
        }

        modules["methods.ts"] = all.Append("}\n").ToString();
        return modules;
    }

    private static void Add(MessageDescriptor message, SortedDictionary<string, IDescriptor> types)
    {
        if (!types.TryAdd(message.FullName, message))
        {
            return;
        }

        foreach (var field in message.Fields.InFieldNumberOrder())
        {
            var valued = field.IsMap ? field.MessageType.FindFieldByName("value") : field;
            if (valued.FieldType == FieldType.Message)
            {
                Add(valued.MessageType, types);
            }
            else if (valued.FieldType == FieldType.Enum)
            {
                types.TryAdd(valued.EnumType.FullName, valued.EnumType);
            }
        }
    }

    private static string EnumText(EnumDescriptor type) =>
        $"export type {NameOf(type)} =\n{string.Join("\n", type.Values.Select(v => $"  | '{v.Name}'"))};\n";

    private static string MessageText(MessageDescriptor type, string module, SortedSet<string> used)
    {
        var text = new StringBuilder();
        text.Append("export interface ").Append(NameOf(type)).Append(" {\n");
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            // Messages, optional fields and those of a oneof are left out of the JSON while they are not set.
            text.Append("  ").Append(field.JsonName).Append(field.HasPresence ? "?: " : ": ").Append(TypeOf(field, module, used)).Append(";\n");
        }

        return text.Append("}\n").ToString();
    }

    private static string TypeOf(FieldDescriptor field, string module, SortedSet<string> used)
    {
        if (field.IsMap)
        {
            return $"Record<string, {SingleOf(field.MessageType.FindFieldByName("value"), module, used)}>";
        }

        return SingleOf(field, module, used) + (field.IsRepeated ? "[]" : "");
    }

    private static string SingleOf(FieldDescriptor field, string module, SortedSet<string> used) => field.FieldType switch
    {
        FieldType.Message => Reference(field.MessageType, module, used),
        FieldType.Enum => Reference(field.EnumType, module, used),
        FieldType.Bool => "boolean",
        FieldType.Double or FieldType.Float or FieldType.Int32 or FieldType.SInt32 or FieldType.UInt32 or FieldType.Fixed32 or FieldType.SFixed32 => "number",

        // 64-bit numbers do not fit a number of JavaScript.
        _ => "string",
    };

    private static string Reference(IDescriptor type, string module, SortedSet<string> used)
    {
        var other = ModuleOf(type.File);
        if (other == module)
        {
            return NameOf(type);
        }

        used.Add(other);
        return $"{other}.{NameOf(type)}";
    }

    /// <summary>A nested type's name has its parents' in front.</summary>
    private static string NameOf(IDescriptor type) => type.FullName[(type.File.Package.Length + 1)..].Replace('.', '_');

    /// <summary>The package without "clearing" and the version.</summary>
    private static string ModuleOf(FileDescriptor file)
    {
        var parts = file.Package.Split('.');
        return string.Concat(parts.Skip(1).SkipLast(1).Select((part, i) => i == 0 ? part : char.ToUpperInvariant(part[0]) + part[1..]));
    }
}
