using System.Numerics;
using ClearingActors.Domain.Margin;

namespace ClearingActors.Domain.Default;

/// <summary>What an account of a defaulter comes to when its positions are gone.</summary>
/// <param name="Account">Its id.</param>
/// <param name="IsHouse">True for the member's own; its surplus covers shortfalls of clients.</param>
/// <param name="Own">Its cash, one row per currency.</param>
/// <param name="Result">What managing its positions brought, less what the CCP has paid in its place; one row per currency.</param>
public sealed record CloseOutFigures(string Account, bool IsHouse, IReadOnlyList<Money> Own, IReadOnlyList<Money> Result);

/// <summary>Cash of an account exchanged at the CCP's bank, at a rate in force, exact to the minor unit against the account.</summary>
/// <param name="From">Given, above 0.</param>
/// <param name="To">Received, above 0.</param>
/// <param name="Rate">Of one unit of the first currency in the second.</param>
public readonly record struct CashConversion(Money From, Money To, ExactFraction Rate);

/// <summary>What came of an account; minor units of the fund's currency.</summary>
/// <param name="Account">Its id.</param>
/// <param name="OwnUsed">Of its own collateral, 0 or more.</param>
/// <param name="Shortfall">What that did not cover, 0 or more.</param>
/// <param name="FromHouse">What house accounts gave towards the shortfall.</param>
/// <param name="Given">What this house account gave to clients'.</param>
/// <param name="Conversions">In the order in which they are made.</param>
public sealed record CloseOutResult(string Account, long OwnUsed, long Shortfall, long FromHouse, long Given, IReadOnlyList<CashConversion> Conversions)
{
    /// <summary>The account's loss: own collateral and shortfall.</summary>
    public long Loss => checked(OwnUsed + Shortfall);

    /// <summary>What the waterfall must bear.</summary>
    public long Uncovered => Shortfall - FromHouse;
}

/// <summary>
/// The loss per account (rulebook 11.4): its own collateral pays first, whatever its currency; the surplus of house accounts then covers other house accounts, then clients' shortfalls, pro
/// rata by largest remainder; a client's surplus pays for nobody else. Only what is needed is exchanged, the fund's currency first, then by currency code. Pure.
/// </summary>
public static class CloseOutLedger
{
    /// <summary>The results in the order of the accounts.</summary>
    /// <param name="accounts">Each once.</param>
    /// <param name="fund">The fund's currency.</param>
    /// <param name="prices">Exchange rates.</param>
    /// <exception cref="ArgumentException">A rate that is needed is not there; the message names it.</exception>
    /// <exception cref="OverflowException">An amount is beyond 64 bits.</exception>
    public static IReadOnlyList<CloseOutResult> Of(IReadOnlyList<CloseOutFigures> accounts, Currency fund, CollateralPrices prices)
    {
        Book[] books = [.. accounts.Select(a => new Book(a, fund, prices))];
        foreach (var book in books)
        {
            book.Settle();
        }

        // Other house accounts come before clients: a member's own money pays its own debts first.
        ShareSurplus(books, books.Where(b => b.Figures.IsHouse));
        ShareSurplus(books, books.Where(b => !b.Figures.IsHouse));

        return [.. books.Select(b => b.Result())];
    }

    private static void ShareSurplus(Book[] books, IEnumerable<Book> receivers)
    {
        Book[] needy = [.. receivers.Where(b => b.Shortfall > 0).OrderBy(b => b.Figures.Account, Utf8Ordinal.Order)];
        var wanted = needy.Aggregate(0L, (sum, b) => checked(sum + b.Shortfall));
        var given = 0L;
        foreach (var house in books.Where(b => b.Figures.IsHouse).OrderBy(b => b.Figures.Account, Utf8Ordinal.Order))
        {
            given += house.Give(wanted - given);
        }

        if (given > 0)
        {
            var shares = LargestRemainder.Share(given, [.. needy.Select(b => (BigInteger)b.Shortfall)]);
            for (var i = 0; i < needy.Length; i++)
            {
                needy[i].FromHouse = (long)shares[i];
            }
        }
    }

    private sealed class Book
    {
        private readonly SortedDictionary<Currency, long> _own = [];
        private readonly SortedDictionary<Currency, long> _net = [];
        private readonly List<CashConversion> _conversions = [];
        private readonly Currency _fund;
        private readonly CollateralPrices _prices;
        private long _given;

        internal Book(CloseOutFigures figures, Currency fund, CollateralPrices prices)
        {
            Figures = figures;
            _fund = fund;
            _prices = prices;
            _net[fund] = 0;
            foreach (var money in figures.Own)
            {
                _own[money.Currency] = checked(_own.GetValueOrDefault(money.Currency) + money.MinorUnits);
                _net[money.Currency] = checked(_net.GetValueOrDefault(money.Currency) + money.MinorUnits);
            }

            foreach (var money in figures.Result)
            {
                _net[money.Currency] = checked(_net.GetValueOrDefault(money.Currency) + money.MinorUnits);
            }
        }

        internal CloseOutFigures Figures { get; }

        internal long Shortfall { get; private set; }

        internal long FromHouse { get; set; }

        /// <summary>Covers debts from what is left in other currencies; what cannot be covered becomes one debt in the fund's currency.</summary>
        internal void Settle()
        {
            foreach (var debt in _net.Where(n => n.Value < 0).Select(n => n.Key).ToList())
            {
                foreach (var source in Sources(debt))
                {
                    Cover(debt, source);
                }

                if (_net[debt] < 0 && debt != _fund)
                {
                    var rate = RateOf(_fund, debt);
                    var cost = ToMinor(MinorRate(debt, -_net[debt]) / rate, _fund, up: true);
                    Exchange(new Money(cost, _fund), new Money(-_net[debt], debt), rate);
                }
            }

            Shortfall = Math.Max(0, -_net[_fund]);
        }

        /// <summary>Gives up to an amount of the fund's currency from what is left.</summary>
        internal long Give(long wanted)
        {
            if (wanted <= 0 || Shortfall > 0)
            {
                return 0;
            }

            _net[_fund] = checked(_net[_fund] - wanted);
            foreach (var source in Sources(_fund))
            {
                Cover(_fund, source);
            }

            // What could not be had is not given.
            var missing = Math.Max(0, -_net[_fund]);
            _net[_fund] = checked(_net[_fund] + missing);
            _given = checked(_given + wanted - missing);
            return wanted - missing;
        }

        internal CloseOutResult Result()
        {
            var ownUsed = Math.Max(0, checked(ValueOf(_own) - ValueOf(_net) - _given));
            return new CloseOutResult(Figures.Account, ownUsed, Shortfall, FromHouse, _given, _conversions);
        }

        private List<Currency> Sources(Currency debt) => [.. _net.Where(n => n.Value > 0 && n.Key != debt).Select(n => n.Key).OrderBy(c => c != _fund).ThenBy(c => c)];

        private void Cover(Currency debt, Currency source)
        {
            if (_net[debt] >= 0)
            {
                return;
            }

            var rate = RateOf(source, debt);
            var most = ToMinor(MinorRate(source, _net[source]) * rate, debt, up: false);
            if (most >= -_net[debt])
            {
                var needed = Math.Min(_net[source], ToMinor(MinorRate(debt, -_net[debt]) / rate, source, up: true));
                Exchange(new Money(needed, source), new Money(-_net[debt], debt), rate);
            }
            else if (most > 0)
            {
                Exchange(new Money(_net[source], source), new Money(most, debt), rate);
            }
        }

        private void Exchange(Money from, Money to, ExactFraction rate)
        {
            _net[from.Currency] = checked(_net[from.Currency] - from.MinorUnits);
            _net[to.Currency] = checked(_net[to.Currency] + to.MinorUnits);
            _conversions.Add(new CashConversion(from, to, rate));
        }

        /// <summary>What is above zero, in the fund's currency, rounded down once.</summary>
        private long ValueOf(SortedDictionary<Currency, long> balances)
        {
            var sum = ExactFraction.Zero;
            foreach (var (currency, minor) in balances)
            {
                // A currency of which nothing was used need not be worth anything known.
                if (minor > 0 && (currency == _fund || _own.GetValueOrDefault(currency) != _net.GetValueOrDefault(currency)))
                {
                    sum += MinorRate(currency, minor) * RateOf(currency, _fund);
                }
            }

            return ToMinor(sum, _fund, up: false);
        }

        private ExactFraction RateOf(Currency from, Currency to) => from == to ? ExactFraction.From(1L)
            : _prices.TryGetRate(from, to, out var rate) ? rate
            : throw new ArgumentException($"account {Figures.Account} needs {to.Code} for {from.Code}, and there is no exchange rate of the two; set one");

        private static ExactFraction MinorRate(Currency currency, long minor) => new(minor, BigInteger.Pow(10, currency.Digits));

        private static long ToMinor(ExactFraction amount, Currency currency, bool up)
        {
            var scaled = amount * ExactFraction.From(BigInteger.Pow(10, currency.Digits));
            return checked((long)(up ? scaled.Ceiling() : scaled.Floor()));
        }
    }
}
