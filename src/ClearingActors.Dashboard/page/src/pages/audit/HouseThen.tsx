import type { CurrencyAt, DefaultAt, HouseAt, InstrumentAt, ShortAccountAt } from '../../api/gen/audit';
import type { Decimal } from '../../api/gen/common';
import { useSession } from '../../api/session';
import { compareDecimals, formatCount, formatDecimal, signOf } from '../../format/decimal';
import { businessDate, formatSpan, millisOf, utcDate, utcTime } from '../../format/time';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Badge, Figure } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { difference } from './moments';

type Cell<T> = { row: { original: T } };

/** The house at a moment, beside the newest one that was looked at. */
export function HouseThen({ house, newest, exact }: { house: HouseAt; newest: HouseAt | undefined; exact: boolean }) {
  const now = newest && newest.turn !== house.turn ? newest : undefined;
  return (
    <div className="house-then" aria-busy={!exact}>
      <p className="spaced">
        {exact ? null : (
          <>
            <Badge tone="warn">near</Badge>{' '}
          </>
        )}
        <strong>Turn {formatCount(house.turn)}</strong>, recorded at <Time at={house.recordedTime} show="both" /> UTC, with {formatCount(house.events)} events
        {exact ? '' : ': a moment near the one you point at'}.
        {now ? (
          <span className="muted">
            {' '}
            Differences are to turn {formatCount(now.turn)} of <Time at={now.recordedTime} show="both" />, {formatSpan(millisOf(now.recordedTime) - millisOf(house.recordedTime))} later.
          </span>
        ) : null}
      </p>
      <Figures house={house} now={now} />
      {house.settlingBlocked ? (
        <p className="error" role="alert">
          Cycle {house.settlingCycle} did not go on: {house.settlingBlocked}
        </p>
      ) : null}
      {house.defaults.length > 0 ? (
        <section>
          <h3>Defaults</h3>
          <DataTable label="Table of defaults" rows={house.defaults} rowId={(d) => d.number} columns={defaultColumns} height={240} />
        </section>
      ) : null}
      <div className="panels then-panels">
        <section className="third">
          <h3>Cash and margin</h3>
          <Currencies house={house} now={now} />
        </section>
        <section className="two-thirds">
          <h3>
            Instruments{house.instrumentCount > house.instruments.length ? `: the ${house.instruments.length} with the greatest open interest, of ${formatCount(house.instrumentCount)}` : ''}
          </h3>
          <Instruments house={house} now={now} />
        </section>
      </div>
      {house.shortAccountCount > 0 ? (
        <section>
          <h3>
            {formatCount(house.shortAccountCount)} {house.shortAccountCount === 1 ? 'account was' : 'accounts were'} short{house.shortAccountCount > house.shortAccounts.length ? ', the greatest shortfalls' : ''}
          </h3>
          <DataTable label="Table of accounts that were short" rows={house.shortAccounts} rowId={(s) => s.account} columns={shortColumns} height={320} />
        </section>
      ) : null}
      {house.stoppedMembers.length > 0 ? (
        <section>
          <h3>Members that were not active</h3>
          <ul className="alerts">
            {house.stoppedMembers.map((m) => (
              <li key={m.member}>
                <Badge tone="bad">{m.standing}</Badge>
                <strong>{m.member}</strong>
                <span className="muted">
                  since <Time at={m.since} show="both" /> business time
                </span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {house.quarantined.length > 0 ? (
        <section>
          <h3>Actors set aside</h3>
          <ul className="alerts">
            {house.quarantined.map((q) => (
              <li key={q.actor}>
                <Badge tone="bad">{q.actor}</Badge>
                <span className="alert-text">{q.reason}</span>
                <span className="muted">{formatCount(q.messages)} messages waited</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </div>
  );
}

function Figures({ house, now }: { house: HouseAt; now: HouseAt | undefined }) {
  const { checks, inFlight } = house;
  const holds = checks?.matchedBook && checks.cashConserved && checks.assetsConserved;
  const flight = inFlight ? `${formatCount(inFlight.trades)} trades and ${formatCount(inFlight.messages)} messages` : '';
  return (
    <div className="figures">
      <Figure name="Business time" note={house.businessDate ? `business date ${businessDate(house.businessDate)}` : undefined}>
        <Time at={house.businessTime} show="both" />
      </Figure>
      <Figure name="Open cycle" note={house.settlingStage ? `cycle ${formatCount(house.settlingCycle)} ${house.settlingStage}` : 'none settled yet'}>
        {house.cycle === '0' ? 'none' : formatCount(house.cycle)}
        <Change then={house.cycle} now={now?.cycle} />
      </Figure>
      <Figure name="House" tone={house.halted ? 'bad' : undefined} note={`${formatCount(house.claims)} claims on payers`}>
        {house.halted ? <Badge tone="bad">Halted</Badge> : <Badge tone="good">Going on</Badge>}
      </Figure>
      <Figure name="Accounts" note={`of ${formatCount(house.members)} members`}>
        {formatCount(house.accounts)}
        <Change then={String(house.accounts)} now={now && String(now.accounts)} />
      </Figure>
      <Figure name="Sums" tone={holds || !checks?.atRest ? undefined : 'bad'} note={checks?.atRest ? 'nothing was in flight' : `${flight}${holds ? '' : ': sums need not be zero'}`}>
        {holds ? <Badge tone="good">All zero</Badge> : checks?.atRest ? <Badge tone="bad">Not zero</Badge> : <Badge tone="info">In flight</Badge>}
      </Figure>
      <Figure
        name="Margin run"
        note={
          house.marginRun ? (
            house.marginRun.failure || (
              <>
                {house.marginRun.cause}, at <Time at={house.marginRun.at} show="both" />
              </>
            )
          ) : (
            'none yet'
          )
        }
        tone={house.marginRun?.failure ? 'bad' : undefined}
      >
        {house.marginRun ? formatCount(house.marginRun.run) : '–'}
      </Figure>
    </div>
  );
}

/** How much more there is now than then. */
function Change({ then, now }: { then: string; now: string | undefined }) {
  if (now === undefined || now === then) return null;
  const by = BigInt(now) - BigInt(then);
  return <span className="change"> {by > 0n ? `+${formatCount(by.toString())}` : formatCount(by.toString())} since</span>;
}

/** The same for an amount: what has come to it since, with its sign. */
function AmountChange({ then, now, digits }: { then: Decimal | undefined; now: Decimal | undefined; digits: number }) {
  const by = difference(now, then);
  if (!by || signOf(by) === 0) return null;
  return (
    <span className="change number">
      {' '}
      {signOf(by) > 0 ? '+' : ''}
      {formatDecimal(by, digits)} since
    </span>
  );
}

const money: [string, keyof CurrencyAt][] = [
  ['Cash of members', 'membersCash'],
  ['Cash of the house', 'houseCash'],
  ['Sum', 'sum'],
  ['Requirement', 'requirement'],
  ['Collateral', 'collateral'],
  ['Excess', 'excess'],
  ['Shortfall', 'shortfall'],
  ['Open calls', 'openCalls'],
];

/** A row for each figure, since there are many of them and few currencies. */
function Currencies({ house, now }: { house: HouseAt; now: HouseAt | undefined }) {
  const { currencies } = useSession();
  if (house.currencies.length === 0) return <p className="muted">There was no cash yet.</p>;
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label="Table of cash and margin by currency">
      <table className="amounts">
        <thead>
          <tr>
            <th scope="col">Amount</th>
            {house.currencies.map((c) => (
              <th key={c.currency} scope="col" className="right">
                {c.currency}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {money.map(([title, name]) => (
            <tr key={title}>
              <th scope="row">{title}</th>
              {house.currencies.map((c) => (
                <td key={c.currency} className="right">
                  {name === 'openCalls' && c.openCallCount > 0 ? <span className="muted">{formatCount(c.openCallCount)} calls, </span> : null}
                  <Amount value={c[name] as Decimal | undefined} currency={c.currency} />
                  <AmountChange then={c[name] as Decimal | undefined} now={now?.currencies.find((n) => n.currency === c.currency)?.[name] as Decimal | undefined} digits={currencies[c.currency] ?? 2} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface InstrumentRow extends InstrumentAt {
  later?: InstrumentAt;
}

function Instruments({ house, now }: { house: HouseAt; now: HouseAt | undefined }) {
  const later = new Map(now?.instruments.map((i) => [i.instrument, i]));
  const rows: InstrumentRow[] = house.instruments.map((i) => ({ ...i, later: later.get(i.instrument) }));
  return <DataTable label="Table of instruments" rows={rows} rowId={(i) => i.instrument} columns={instrumentColumns} height={420} empty="There were no instruments yet." />;
}

const right = { align: 'right' as const };
const wide = { wide: true };

const instrumentColumns = [
  { header: 'Instrument', accessorKey: 'instrument' },
  { header: 'Kind', accessorKey: 'kind', meta: wide },
  {
    header: 'Open interest',
    accessorFn: (i: InstrumentRow) => Number(i.openInterest),
    cell: ({ row: { original: i } }: Cell<InstrumentRow>) => (
      <>
        {formatCount(i.openInterest)}
        <Change then={i.openInterest} now={i.later?.openInterest} />
      </>
    ),
    meta: right,
  },
  { header: 'Accounts', accessorFn: (i: InstrumentRow) => Number(i.accounts), cell: ({ row: { original: i } }: Cell<InstrumentRow>) => formatCount(i.accounts), meta: { ...right, ...wide } },
  {
    header: 'Mark',
    accessorFn: (i: InstrumentRow) => i.mark,
    sortingFn: (a: Cell<InstrumentRow>['row'], b: Cell<InstrumentRow>['row']) => compareDecimals(a.original.mark, b.original.mark),
    cell: ({ row: { original: i } }: Cell<InstrumentRow>) => (
      <span className="number" title={i.mark ? `of ${utcDate(millisOf(i.markTime))} ${utcTime(millisOf(i.markTime))} UTC` : undefined}>
        {formatDecimal(i.mark, 2)}
        <MarkChange then={i.mark} now={i.later?.mark} />
      </span>
    ),
    meta: right,
  },
  {
    header: 'Settled at',
    accessorFn: (i: InstrumentRow) => i.settled,
    sortingFn: (a: Cell<InstrumentRow>['row'], b: Cell<InstrumentRow>['row']) => compareDecimals(a.original.settled, b.original.settled),
    cell: ({ row: { original: i } }: Cell<InstrumentRow>) => (
      <span className="number" title={i.settled ? `by cycle ${formatCount(i.settledCycle)}` : undefined}>
        {formatDecimal(i.settled, 2)}
      </span>
    ),
    meta: { ...right, ...wide },
  },
  {
    header: 'State',
    accessorFn: (i: InstrumentRow) => (i.halted ? 2 : i.expired ? 1 : 0),
    cell: ({ row: { original: i } }: Cell<InstrumentRow>) => (
      <>
        {i.halted ? <Badge tone="bad">halted</Badge> : i.expired ? <Badge tone="info">expired</Badge> : null}
        {i.unmatched === '0' ? null : <Badge tone="warn">{formatCount(i.unmatched)} lots in flight</Badge>}
      </>
    ),
  },
];

function MarkChange({ then, now }: { then: Decimal | undefined; now: Decimal | undefined }) {
  const by = difference(now, then);
  if (!by || signOf(by) === 0) return null;
  return (
    <span className="change">
      {' '}
      {signOf(by) > 0 ? '+' : ''}
      {formatDecimal(by, 2)} since
    </span>
  );
}

const amountColumn = (header: string, name: 'requirement' | 'collateral' | 'shortfall' | 'openCalls') => ({
  header,
  accessorFn: (s: ShortAccountAt) => s[name],
  sortingFn: (a: Cell<ShortAccountAt>['row'], b: Cell<ShortAccountAt>['row']) => compareDecimals(a.original[name], b.original[name]),
  cell: ({ row: { original: s } }: Cell<ShortAccountAt>) => <Amount value={s[name]} currency={s.currency} />,
  meta: name === 'requirement' || name === 'collateral' ? { ...right, ...wide } : right,
});

const shortColumns = [
  { header: 'Account', accessorKey: 'account' },
  { header: 'Member', accessorKey: 'member', meta: wide },
  { header: 'Currency', accessorKey: 'currency', meta: wide },
  amountColumn('Requirement', 'requirement'),
  amountColumn('Collateral', 'collateral'),
  amountColumn('Shortfall', 'shortfall'),
  amountColumn('Open calls', 'openCalls'),
];

const defaultColumns = [
  { header: 'Default', accessorFn: (d: DefaultAt) => Number(d.number) },
  { header: 'Member', accessorKey: 'member' },
  { header: 'Stage', accessorKey: 'stage', cell: ({ row: { original: d } }: Cell<DefaultAt>) => <Badge tone={d.stage === 'closed' || d.stage === 'lifted' ? 'good' : 'bad'}>{d.stage}</Badge> },
  { header: 'Declared', accessorKey: 'declaredAt', cell: ({ row: { original: d } }: Cell<DefaultAt>) => <Time at={d.declaredAt} show="both" />, meta: wide },
  {
    header: 'Next',
    accessorKey: 'next',
    enableSorting: false,
    cell: ({ row: { original: d } }: Cell<DefaultAt>) => (
      <span className="wrap">
        {d.blocked ? <Badge tone="bad">{d.blocked}</Badge> : d.next}
        {d.deadline === '0' ? null : (
          <>
            {' '}
            at <Time at={d.deadline} show="both" />
          </>
        )}
      </span>
    ),
    meta: wide,
  },
  { header: 'Loss', accessorFn: (d: DefaultAt) => d.loss, enableSorting: false, cell: ({ row: { original: d } }: Cell<DefaultAt>) => <Amount value={d.loss} currency={d.currency} show />, meta: right },
];
