namespace ClearingActors.Audit.Export;

/// <summary>The accounts of the house, as they are at the cut.</summary>
internal sealed class AccountPart(HouseReplay house, RowWriter rows) : ExportPart
{
    internal override void End()
    {
        foreach (var account in house.Scopes.SelectMany(s => s.Accounts).Select(a => a.State).OrderBy(a => a.Id))
        {
            rows.Text(account.Id.Value).Text(account.Member.Value).Text(Words.Of(account.Segregation)).Text(account.MarginCurrency.Code).Integer(account.MarginCurrency.Digits)
                .Text(Words.Of(account.Status)).Number(account.FirstCycle).End();
        }
    }
}
