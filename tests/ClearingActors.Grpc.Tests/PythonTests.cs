using System.Text.Json.Nodes;
using ClearingActors.Grpc.Tests.Probes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ClearingActors.Grpc.Tests;

/// <summary>The server called by grpcio, which stands for the C core that Python, Ruby, PHP and C++ share.</summary>
public sealed class PythonTests
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task python_makes_all_kinds_of_calls()
    {
        await SkipUnlessInstalledAsync();
        await using ProbeServer server = await ProbeServer.StartAsync();
        string set = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(set, DescriptorSet().ToByteArray(), TestContext.Current.CancellationToken);
            JsonNode result = JsonNode.Parse(await ProcessRun.OutputAsync(Python, TestFolder.Path, "py/probe.py", set, server.HostAndPort))!;
            JsonNode expected = JsonNode.Parse("""
                {
                  "unary": "grüße",
                  "gzip": 100000,
                  "large": 3145728,
                  "too_large": "RESOURCE_EXHAUSTED",
                  "server_stream": true,
                  "client_stream": [1000, 500500],
                  "duplex": [720, 47185920, true],
                  "deadline": "DEADLINE_EXCEEDED",
                  "cancel": "CANCELLED",
                  "method": "UNIMPLEMENTED",
                  "service": "UNIMPLEMENTED",
                  "failure": ["FAILED_PRECONDITION", "100 % größer\r\n€ 日本 😀 %41"],
                  "failure_trailers": { "set-in": "context", "reason": "as told", "proof-bin": "0001feff" },
                  "headers": { "echo-text": "some text", "echo-bytes-bin": "00ff" },
                  "trailers": { "echo-text": "some text", "echo-bytes-bin": "00ff" },
                  "health": [1, "NOT_FOUND"],
                  "reflection_v1": [
                    ["clearing.probe.v1.Probe", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"],
                    ["number", "text", "payload", "at", "tag"]
                  ],
                  "reflection_v1alpha": [
                    ["clearing.probe.v1.Probe", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"],
                    ["number", "text", "payload", "at", "tag"]
                  ]
                }
                """)!;
            foreach (var (name, value) in expected.AsObject())
            {
                JsonNode.DeepEquals(result[name], value).ShouldBeTrue($"{name}: {result[name]} instead of {value}");
            }

            (await server.CountEnded.Task.Within()).ShouldBeNull("the first Count ends by itself");
            server.Unhandled.ShouldBeEmpty();
        }
        finally
        {
            File.Delete(set);
        }
    }

    /// <summary>All files, each after those it depends on.</summary>
    private static FileDescriptorSet DescriptorSet()
    {
        var set = new FileDescriptorSet();
        var seen = new HashSet<string>();
        void Add(FileDescriptor file)
        {
            if (seen.Add(file.Name))
            {
                foreach (FileDescriptor dependency in file.Dependencies)
                {
                    Add(dependency);
                }

                set.File.Add(FileDescriptorProto.Parser.ParseFrom(file.SerializedData));
            }
        }

        Add(ProbeReflection.Descriptor);
        Add(Health.V1.HealthReflection.Descriptor);
        Add(Reflection.V1.ReflectionReflection.Descriptor);
        Add(Reflection.V1Alpha.ReflectionReflection.Descriptor);
        return set;
    }

    private static async Task SkipUnlessInstalledAsync()
    {
        if (File.Exists(Python))
        {
            string found = await ProcessRun.OutputAsync(
                Python, TestFolder.Path, "-c", "import importlib.util as u; print(all(u.find_spec(m) for m in ('grpc', 'google.protobuf')))");
            if (found.Trim() == "True")
            {
                return;
            }
        }

        Assert.Skip("Install the Debian packages python3-grpcio and python3-protobuf");
    }
}
