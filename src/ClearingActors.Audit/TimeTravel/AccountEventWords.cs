using ClearingActors.Actors;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Engine;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>An account's own events in the words in which auditors read them, for who has the live house and no replay. Not thread-safe.</summary>
public sealed class AccountEventWords
{
    private readonly EventWords _words;
    private readonly ActorAddress _account;

    /// <param name="account">The account's id.</param>
    /// <param name="currency">Its margin currency.</param>
    /// <param name="instruments">Those that its events name; a price of another is told in price units.</param>
    public AccountEventWords(string account, Currency currency, IReadOnlyDictionary<string, Instrument> instruments)
    {
        _account = new ActorAddress(ActorKinds.Account, account, 0);
        _words = new EventWords(new Units(account, currency, instruments));
    }

    /// <summary>The event in a line.</summary>
    public string Of(Event e) => _words.Of(e, _account) ?? $"{e.EventCase}";

    private sealed class Units(string account, Currency currency, IReadOnlyDictionary<string, Instrument> instruments) : IEventUnits
    {
        /// <summary>An account of the fund has it as its margin currency; others are asked nothing by it.</summary>
        public Currency? FundCurrency => currency;

        public Instrument? Find(string instrument) => instruments.GetValueOrDefault(instrument);

        public Currency? MarginCurrencyOf(string other) => other == account ? currency : null;

        public Currency? CurrencyOfDefault(long number) => null;
    }
}
