using System.Reflection;
using ClearingActors.Client;
using ClearingActors.Contracts.Accounts.V1;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.House.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Contracts.Stress.V1;

namespace ClearingActors.Cli.Tests.Client;

public sealed class ClearingMethodsTests
{
    [Fact]
    public void Every_rpc_of_the_contracts_has_a_method()
    {
        var contracts = new[] { MembersReflection.Descriptor, MarketsReflection.Descriptor, OperationsReflection.Descriptor }
            .SelectMany(file => file.Services).SelectMany(service => service.Methods).Select(method => $"{method.Service.FullName}/{method.Name}");
        var methods = typeof(ClearingMethods).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Select(property => (string)property.PropertyType.GetProperty("FullName")!.GetValue(property.GetValue(null))!);

        methods.ShouldBe(contracts, ignoreOrder: true);
    }

    [Fact]
    public void Every_stress_rpc_has_a_call()
    {
        var calls = typeof(StressClient).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(method => method.Name);

        calls.ShouldBe(StressReflection.Descriptor.Services[0].Methods.Select(method => method.Name + "Async"), ignoreOrder: true);
    }

    [Fact]
    public void Every_default_rpc_has_a_call_of_operators_or_of_members()
    {
        var calls = new[] { typeof(DefaultClient), typeof(AuctionsClient) }
            .SelectMany(client => client.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)).Select(method => method.Name);

        calls.ShouldBe(DefaultsReflection.Descriptor.Services[0].Methods.Select(method => method.IsServerStreaming ? method.Name : method.Name + "Async"), ignoreOrder: true);
    }

    [Fact]
    public void Every_rpc_of_accounts_has_a_call()
    {
        var calls = typeof(AccountsClient).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(method => method.Name);

        calls.ShouldBe(AccountsReflection.Descriptor.Services[0].Methods.Select(method => method.Name + "Async"), ignoreOrder: true);
    }

    [Fact]
    public void Every_audit_rpc_has_a_call()
    {
        var calls = typeof(AuditClient).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(method => method.Name);

        calls.ShouldBe(AuditReflection.Descriptor.Services[0].Methods.Select(method => method.IsServerStreaming ? method.Name : method.Name + "Async"), ignoreOrder: true);
    }

    [Fact]
    public void Every_action_rpc_has_a_call()
    {
        var calls = typeof(ActionsClient).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(method => method.Name);

        calls.ShouldBe(ActionsReflection.Descriptor.Services[0].Methods.Select(method => method.Name + "Async"), ignoreOrder: true);
    }

    [Fact]
    public void Every_audit_run_rpc_has_a_call()
    {
        var calls = typeof(AuditRunClient).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(method => method.Name);

        calls.ShouldBe(AuditRunsReflection.Descriptor.Services.SelectMany(service => service.Methods).Select(method => method.Name + "Async"), ignoreOrder: true);
    }

    [Fact]
    public void Every_cluster_rpc_has_a_call()
    {
        var calls = typeof(ClusterClient).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(method => method.Name);

        calls.ShouldBe(ClusterReflection.Descriptor.Services[0].Methods.Select(method => method.Name + "Async"), ignoreOrder: true);
    }

    [Fact]
    public void Every_operators_rpc_has_a_call()
    {
        var calls = typeof(OperationsClient).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(method => method.Name);

        calls.ShouldBe(OperationsReflection.Descriptor.Services[0].Methods.Select(method => method.Name + "Async"), ignoreOrder: true);
    }
}
