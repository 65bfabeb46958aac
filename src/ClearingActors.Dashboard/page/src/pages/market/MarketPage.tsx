import type { ColumnDef } from '@tanstack/react-table';
import { useEffect, useMemo, useState } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import type { GetMarketsResponse, Market } from '../../api/gen/markets';
import { useLive } from '../../api/live';
import { compareDecimals, formatCount, formatDecimal } from '../../format/decimal';
import { ActionButton } from '../../ui/ActionButton';
import { DataTable } from '../../ui/DataTable';
import { Badge, Figure, Panel } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { HouseHalt } from './HouseHalt';
import { InstrumentPanel } from './InstrumentPanel';
import './market.css';
import { States } from './States';
import { filter, formatAge, formatJump, kinds, statesOf } from './market';

export default function MarketPage() {
  const live = useLive('clearing.markets.v1.MarketsService/GetMarkets', {}, 1000);
  const [query, setQuery] = useSearchParams();
  const markets = live.value?.markets;
  const chosen = query.get('instrument') ?? '';
  const selected = useMemo(() => markets?.find((m) => m.instrument === chosen) ?? markets?.find((m) => m.expiryStage !== 'EXPIRY_CLOSED') ?? markets?.[0], [markets, chosen]);
  const shown = selected?.instrument;

  // What is shown stays when it expires: the halt under the hand must not become another instrument's.
  useEffect(() => {
    if (shown && shown !== chosen) setQuery({ instrument: shown }, { replace: true });
  }, [chosen, shown, setQuery]);

  const held = markets?.filter((m) => m.held) ?? [];
  const unread = markets?.find((m) => m.unread)?.unread ?? '';
  return (
    <div className="panels">
      {live.error ? (
        <p className="error" role="alert">
          {live.error}
        </p>
      ) : null}
      <div className="figures">
        <HouseHalt />
        {live.value ? <Headline house={live.value} /> : null}
      </div>
      {!live.value && !live.error ? <p role="status">Loading …</p> : null}
      {held.length > 0 || unread ? (
        <Panel title={`Marks that wait to be confirmed (${held.length})`} error={unread ? `Not all can be read: ${unread}` : undefined}>
          <HeldMarks markets={held} />
        </Panel>
      ) : null}
      {live.value && markets ? (
        <Panel title="Instruments" className="instruments">
          <Instruments markets={markets} houseHalted={live.value.houseHalted} selected={shown} onOpen={(m) => setQuery({ instrument: m.instrument }, { replace: true })} />
        </Panel>
      ) : null}
      {selected ? <InstrumentPanel key={selected.instrument} market={selected} houseHalted={live.value!.houseHalted} /> : null}
    </div>
  );
}

function Headline({ house }: { house: GetMarketsResponse }) {
  const open = house.markets.filter((m) => m.expiryStage !== 'EXPIRY_CLOSED');
  const count = (word: string) => open.filter((m) => statesOf(m, house.houseHalted).some((s) => s.word === word)).length;
  const stale = count('Stale') + count('No mark');
  const halted = count('Halted');
  return (
    <>
      <Figure name="Instruments" note={`${formatCount(house.markets.length - open.length)} expired`}>
        {formatCount(open.length)}
      </Figure>
      <Figure name="Halted" tone={halted > 0 ? 'bad' : undefined} note="by a halt of their own">
        {formatCount(halted)}
      </Figure>
      <Figure name="Marks held" tone={count('Mark held') > 0 ? 'warn' : undefined} note="wait for a second source or a person">
        {formatCount(count('Mark held'))}
      </Figure>
      <Figure name="Stale or missing marks" tone={stale > 0 ? 'warn' : undefined} note="trades are not held against them">
        {formatCount(stale)}
      </Figure>
      {house.openInterestError ? (
        <Figure name="Open interest" tone="bad" note={house.openInterestError}>
          –
        </Figure>
      ) : (
        <Figure name="Open interest" note={<>counted at <Time at={house.openInterestAt} /></>}>
          {formatCount(open.reduce((sum, m) => sum + BigInt(m.openInterest), 0n).toString())}
        </Figure>
      )}
    </>
  );
}

function HeldMarks({ markets }: { markets: Market[] }) {
  return (
    <ul className="held">
      {markets.map((m) => {
        const held = m.held!;
        const price = formatDecimal(held.price, m.priceScale);
        const newest = m.newest ? formatDecimal(m.newest.price, m.priceScale) : 'none';
        return (
          <li key={m.instrument}>
            <Badge tone="warn">Held</Badge>
            <span className="alert-text">
              <Link to={`?instrument=${encodeURIComponent(m.instrument)}`}>{m.instrument}</Link> <strong className="number">{price}</strong> from {held.source} of <Time at={held.time} />,{' '}
              {formatJump(held.jumpBasisPoints)} from <span className="number">{newest}</span>
              {m.newest ? <> of {m.newest.source}</> : null}; more than {formatCount(m.markJumpBasisPoints)} bp waits
            </span>
            <span className="panel-actions">
              <ActionButton
                method="clearing.operations.v1.OperationsService/ConfirmMark"
                request={{ instrument: m.instrument, price: held.price }}
                label="Confirm"
                what={`Confirm the held mark of ${m.instrument} at ${price}; if another is held by then, nothing is done`}
              />
              <ActionButton
                method="clearing.operations.v1.OperationsService/DropMark"
                request={{ instrument: m.instrument, price: held.price }}
                label="Drop"
                what={`Drop the held mark of ${m.instrument} at ${price}; if another is held by then, nothing is done`}
                danger
              />
            </span>
          </li>
        );
      })}
    </ul>
  );
}

const columnsOf = (houseHalted: boolean): ColumnDef<Market, any>[] => [
  { id: 'instrument', header: 'Instrument', accessorFn: (m) => m.instrument, cell: ({ row: { original: m } }) => <Link to={`?instrument=${encodeURIComponent(m.instrument)}`}>{m.instrument}</Link> },
  { id: 'state', header: 'State', accessorFn: (m) => statesOf(m, houseHalted)[0]!.word, cell: ({ row: { original: m } }) => <States market={m} houseHalted={houseHalted} /> },
  { id: 'underlying', header: 'Underlying', accessorFn: (m) => m.underlying, meta: { wide: true } },
  { id: 'kind', header: 'Kind', accessorFn: (m) => kinds[m.kind], meta: { wide: true } },
  {
    id: 'mark', header: 'Mark', meta: { align: 'right' }, accessorFn: (m) => m.newest?.price, sortingFn: (a, b) => compareDecimals(a.original.newest?.price, b.original.newest?.price),
    cell: ({ row: { original: m } }) => <span className="number">{formatDecimal(m.newest?.price, m.priceScale)}</span>,
  },
  {
    id: 'age', header: 'Age', meta: { align: 'right', wide: true }, accessorFn: (m) => Number(m.newest?.age ?? -1),
    cell: ({ row: { original: m } }) => (m.newest ? <span className={`number ${m.newest.stale && m.expiryStage !== 'EXPIRY_CLOSED' ? 'warn' : ''}`}>{formatAge(m.newest.age)}</span> : <span className="muted">–</span>),
  },
  {
    id: 'settled', header: 'Settled at', meta: { align: 'right', wide: true }, accessorFn: (m) => m.settlementPrice, sortingFn: (a, b) => compareDecimals(a.original.settlementPrice, b.original.settlementPrice),
    cell: ({ row: { original: m } }) => <span className="number">{formatDecimal(m.settlementPrice, m.priceScale)}</span>,
  },
  { id: 'open', header: 'Open interest', meta: { align: 'right', wide: true }, accessorFn: (m) => Number(m.openInterest), cell: ({ row: { original: m } }) => <span className="number">{formatCount(m.openInterest)}</span> },
  { id: 'holders', header: 'Holders', meta: { align: 'right', wide: true }, accessorFn: (m) => Number(m.holders), cell: ({ row: { original: m } }) => <span className="number">{formatCount(m.holders)}</span> },
  {
    id: 'next', header: 'Expiry', meta: { wide: true }, accessorFn: (m) => Number(m.nextFunding !== '0' ? m.nextFunding : m.expiry),
    cell: ({ row: { original: m } }) => (m.nextFunding !== '0' ? <>funding <Time at={m.nextFunding} /></> : m.expiry !== '0' ? <Time at={m.expiry} show="date" /> : <span className="muted">–</span>),
  },
];

function Instruments({ markets, houseHalted, selected, onOpen }: { markets: Market[]; houseHalted: boolean; selected: string | undefined; onOpen: (market: Market) => void }) {
  const [text, setText] = useState('');
  const [group, setGroup] = useState('');
  const [only, setOnly] = useState('');
  const groups = useMemo(() => [...new Set(markets.map((m) => m.productGroup))].sort(), [markets]);
  const rows = useMemo(() => filter(markets, houseHalted, text, group, only), [markets, houseHalted, text, group, only]);
  const columns = useMemo(() => columnsOf(houseHalted), [houseHalted]);
  return (
    <>
      <div className="filters">
        <input type="search" aria-label="Find an instrument" placeholder="Find" value={text} onChange={(e) => setText(e.target.value)} />
        <label>
          Group
          <select value={group} onChange={(e) => setGroup(e.target.value)}>
            <option value="">all</option>
            {groups.map((g) => (
              <option key={g}>{g}</option>
            ))}
          </select>
        </label>
        <label>
          State
          <select value={only} onChange={(e) => setOnly(e.target.value)}>
            <option value="">all</option>
            <option value="attention">needs attention</option>
            {['Open', 'Halted', 'House halted', 'Not readable', 'Mark held', 'Stale', 'No mark', 'Overdue', 'Expired'].map((word) => (
              <option key={word}>{word}</option>
            ))}
          </select>
        </label>
        <span className="muted" role="status">
          {rows.length} of {markets.length}
        </span>
      </div>
      <DataTable label="Table of instruments" columns={columns} rows={rows} rowId={(m) => m.instrument} height={420} empty="no instrument is like this" onOpen={onOpen} selected={selected} />
    </>
  );
}
