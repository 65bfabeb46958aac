using Google.Protobuf.Reflection;

namespace ClearingActors.Grpc;

/// <summary>Finds files by their names and by what they declare, among given files and all they depend on.</summary>
internal sealed class DescriptorIndex
{
    private readonly Dictionary<string, FileDescriptor> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _bySymbol = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<int, FileDescriptor>> _extensions = new(StringComparer.Ordinal);

    internal DescriptorIndex(IEnumerable<FileDescriptor> files)
    {
        foreach (FileDescriptor file in files)
        {
            Add(file);
        }
    }

    internal FileDescriptor? FindFile(string name) => _byName.GetValueOrDefault(name);

    internal FileDescriptor? FindSymbol(string fullName) => _bySymbol.GetValueOrDefault(fullName);

    internal FileDescriptor? FindExtension(string message, int number) => _extensions.GetValueOrDefault(message)?.GetValueOrDefault(number);

    /// <summary>Ascending; null for a message nobody knows.</summary>
    internal IEnumerable<int>? ExtensionNumbers(string message) =>
        _extensions.TryGetValue(message, out var numbers) ? numbers.Keys : _bySymbol.ContainsKey(message) ? [] : null;

    /// <summary>A file and all it depends on, each once, itself first.</summary>
    internal static IReadOnlyList<FileDescriptor> WithDependencies(FileDescriptor file)
    {
        List<FileDescriptor> result = [file];
        var seen = new HashSet<string>(StringComparer.Ordinal) { file.Name };
        for (int i = 0; i < result.Count; i++)
        {
            result.AddRange(result[i].Dependencies.Where(d => seen.Add(d.Name)));
        }

        return result;
    }

    private void Add(FileDescriptor file)
    {
        if (!_byName.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (FileDescriptor dependency in file.Dependencies)
        {
            Add(dependency);
        }

        foreach (ServiceDescriptor service in file.Services)
        {
            AddSymbol(service);
            foreach (MethodDescriptor method in service.Methods)
            {
                AddSymbol(method);
            }
        }

        foreach (EnumDescriptor type in file.EnumTypes)
        {
            AddEnum(type);
        }

        foreach (MessageDescriptor message in file.MessageTypes)
        {
            AddMessage(message);
        }

        AddExtensions(file.Extensions);
    }

    private void AddMessage(MessageDescriptor message)
    {
        AddSymbol(message);
        foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
        {
            AddSymbol(field);
        }

        foreach (OneofDescriptor oneof in message.Oneofs)
        {
            AddSymbol(oneof);
        }

        foreach (EnumDescriptor type in message.EnumTypes)
        {
            AddEnum(type);
        }

        foreach (MessageDescriptor nested in message.NestedTypes)
        {
            AddMessage(nested);
        }

        AddExtensions(message.Extensions);
    }

    private void AddEnum(EnumDescriptor type)
    {
        AddSymbol(type);
        foreach (EnumValueDescriptor value in type.Values)
        {
            // In protobuf a value is a sibling of its enum, not a child.
            string scope = type.FullName[..^type.Name.Length];
            _bySymbol[scope + value.Name] = type.File;
        }
    }

    private void AddExtensions(ExtensionCollection extensions)
    {
        foreach (FieldDescriptor extension in extensions.UnorderedExtensions)
        {
            AddSymbol(extension);
            string message = extension.ExtendeeType.FullName;
            if (!_extensions.TryGetValue(message, out var numbers))
            {
                _extensions[message] = numbers = [];
            }

            numbers[extension.FieldNumber] = extension.File;
        }
    }

    private void AddSymbol(IDescriptor symbol) => _bySymbol[symbol.FullName] = symbol.File;
}
