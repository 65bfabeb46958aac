import { useCallback, useState } from 'react';
import type { GetMarkHistoryResponse, Market } from '../../api/gen/markets';
import { useLive } from '../../api/live';
import { approximate, formatCount, formatDecimal, formatUnits } from '../../format/decimal';
import { businessDate, millisOf, utcDate, utcTime } from '../../format/time';
import { ActionButton } from '../../ui/ActionButton';
import { axis, Chart, plainGrid, type ChartColours } from '../../ui/Chart';
import { Panel } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { formatAge, formatJump, kinds } from './market';
import { States } from './States';

/** One instrument: what is known of it, its prices, and what may be done. */
export function InstrumentPanel({ market, houseHalted }: { market: Market; houseHalted: boolean }) {
  const { value: history, error } = useLive('clearing.markets.v1.MarketsService/GetMarkHistory', { instrument: market.instrument }, 2000);
  const [days, setDays] = useState(false);
  return (
    <>
      <Panel
        title={`Prices of ${market.instrument}`}
        className="two-thirds"
        error={error}
        actions={
          <span role="group" aria-label="Which prices" className="panel-actions">
            <button type="button" className={days ? 'plain' : undefined} aria-pressed={!days} onClick={() => setDays(false)}>
              Marks
            </button>
            <button type="button" className={days ? undefined : 'plain'} aria-pressed={days} onClick={() => setDays(true)}>
              Days
            </button>
          </span>
        }
      >
        {history ? days ? <Days market={market} history={history} /> : <Marks market={market} history={history} /> : <p role="status">Loading …</p>}
      </Panel>
      <Panel title={market.instrument} className="third" actions={<Halts market={market} />}>
        <Facts market={market} houseHalted={houseHalted} />
      </Panel>
    </>
  );
}

function Halts({ market }: { market: Market }) {
  if (market.kind === 'KIND_INDEX' || market.expiryStage === 'EXPIRY_CLOSED') return null;
  return market.halted ? (
    <ActionButton method="clearing.operations.v1.OperationsService/ResumeInstrument" request={{ instrument: market.instrument }} label="Resume" what={`Resume ${market.instrument}: it takes trades again`} />
  ) : (
    <ActionButton method="clearing.operations.v1.OperationsService/HaltInstrument" request={{ instrument: market.instrument }} label="Halt" what={`Halt ${market.instrument}: it takes no trades`} danger />
  );
}

function Facts({ market, houseHalted }: { market: Market; houseHalted: boolean }) {
  const { newest, held } = market;
  return (
    <dl className="facts">
      <dt>State</dt>
      <dd>
        <States market={market} houseHalted={houseHalted} />
      </dd>
      {market.unread ? (
        <>
          <dt>Not readable</dt>
          <dd className="bad">whether a mark is held or something is overdue: {market.unread}</dd>
        </>
      ) : null}
      {market.overdue ? (
        <>
          <dt>Overdue</dt>
          <dd className="bad">{market.overdue}</dd>
        </>
      ) : null}
      <dt>Newest mark</dt>
      <dd>
        {newest ? (
          <>
            <strong className="number">{formatDecimal(newest.price, market.priceScale)}</strong> from {newest.source}, of <Time at={newest.time} show="both" />, number {formatCount(newest.number)}
          </>
        ) : (
          'none yet'
        )}
      </dd>
      <dt>Age</dt>
      <dd>
        {newest ? `${formatAge(newest.age)} ` : ''}
        <span className={newest?.stale && market.expiryStage !== 'EXPIRY_CLOSED' ? 'warn' : 'muted'}>
          ({newest?.stale ? 'stale: older than' : 'stale after'} {formatAge(market.markStaleness)})
        </span>
      </dd>
      {held ? (
        <>
          <dt>Held mark</dt>
          <dd className="warn">
            <span className="number">{formatDecimal(held.price, market.priceScale)}</span> from {held.source}, {formatJump(held.jumpBasisPoints)}
          </dd>
        </>
      ) : null}
      <dt>Kind</dt>
      <dd>
        {kinds[market.kind]} on {market.underlying}, group {market.productGroup}, in {market.currency}
      </dd>
      {market.settlementPrice ? (
        <>
          <dt>Settled at</dt>
          <dd>
            <span className="number">{formatDecimal(market.settlementPrice, market.priceScale)}</span> in cycle {formatCount(market.settlementCycle)}
          </dd>
        </>
      ) : null}
      {market.finalPrice ? (
        <>
          <dt>Final price</dt>
          <dd className="number">{formatDecimal(market.finalPrice)}</dd>
        </>
      ) : null}
      <dt>Open interest</dt>
      <dd>
        {formatCount(market.openInterest)} lots, held by {formatCount(market.holders)} accounts
      </dd>
      {market.expiry !== '0' ? (
        <>
          <dt>Expiry</dt>
          <dd>
            <Time at={market.expiry} show="both" /> UTC
          </dd>
        </>
      ) : null}
      {market.nextFunding !== '0' ? (
        <>
          <dt>Next funding</dt>
          <dd>
            <Time at={market.nextFunding} show="both" /> UTC
          </dd>
        </>
      ) : null}
    </dl>
  );
}

function priceAxis(c: ChartColours, scale: number) {
  return { type: 'value' as const, scale: true, ...axis(c), axisLabel: { ...axis(c).axisLabel, formatter: (v: number) => v.toLocaleString('en', { maximumFractionDigits: scale }) } };
}

function Marks({ market, history }: { market: Market; history: GetMarkHistoryResponse }) {
  const { held, instrument, priceScale } = market;
  const heldKey = held ? `${held.time} ${held.price?.mantissa}` : '';
  const option = useCallback(
    (c: ChartColours) => ({
      grid: plainGrid(c, 64),
      tooltip: { trigger: 'axis' as const, axisPointer: { label: { formatter: (p: { value: unknown }) => `${utcDate(Number(p.value))} ${utcTime(Number(p.value))} UTC` } } },
      xAxis: { type: 'time' as const, ...axis(c), splitLine: { show: false }, axisLabel: { ...axis(c).axisLabel, formatter: timeLabel(history), hideOverlap: true } },
      yAxis: priceAxis(c, priceScale),
      series: [
        {
          name: 'mark', type: 'line' as const, step: 'end' as const, showSymbol: history.times.length < 2, lineStyle: { width: 1.5, color: c.accent }, itemStyle: { color: c.accent },
          data: history.times.map((at, i) => [millisOf(at), Number(history.prices[i]) / 10 ** history.priceScale]),
        },
        ...(held ? [{ name: 'held', type: 'scatter' as const, symbol: 'diamond', symbolSize: 12, itemStyle: { color: c.warn }, label: { show: true, position: 'top' as const, formatter: 'held', color: c.warn }, data: [[millisOf(held.time), approximate(held.price)]] }] : []),
      ],
    }),
    // The held mark is another object at every answer; only another mark is another chart.
    [history, heldKey, priceScale],
  );
  const count = history.times.length;
  if (count === 0) return <p className="muted">The node has seen no mark of {instrument} since it started.</p>;
  const last = `${formatUnits(BigInt(history.prices[count - 1]!), history.priceScale, history.priceScale)} at ${utcTime(millisOf(history.times[count - 1]!))} UTC`;
  return (
    <>
      <Chart label={`${count} accepted marks of ${instrument}, the last ${last}`} option={option} height={300} />
      <p className="muted">
        {formatCount(count)} marks from <Time at={history.begins} show="both" /> UTC on. {history.older ? 'Older ones are not kept.' : 'The node has kept none from before.'}
      </p>
      <details>
        <summary>The last {Math.min(count, 50)} marks as a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Time, UTC</th>
              <th scope="col" className="right">
                Mark
              </th>
            </tr>
          </thead>
          <tbody>
            {history.times
              .slice(-50)
              .map((at, i) => ({ at, price: history.prices[Math.max(0, count - 50) + i]! }))
              .reverse()
              .map((m) => (
                <tr key={m.at}>
                  <td>
                    <Time at={m.at} show="both" />
                  </td>
                  <td className="right number">{formatUnits(BigInt(m.price), history.priceScale, history.priceScale)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

/** Days where the marks span many of them, times of the day where they span one, and both between. */
function timeLabel(history: GetMarkHistoryResponse) {
  const days = (millisOf(history.times.at(-1)) - millisOf(history.times[0])) / 86_400_000;
  const time = (at: number) => utcTime(at).slice(0, 5);
  return days > 8 ? (at: number) => utcDate(at) : days > 1 ? (at: number) => `${utcDate(at).slice(5)} ${time(at)}` : time;
}

function Days({ market, history }: { market: Market; history: GetMarkHistoryResponse }) {
  const option = useCallback(
    (c: ChartColours) => ({
      grid: plainGrid(c, 64),
      tooltip: { trigger: 'axis' as const },
      dataZoom: [{ type: 'inside' as const, startValue: Math.max(0, history.daily.length - 250), endValue: history.daily.length - 1 }],
      xAxis: { type: 'category' as const, ...axis(c), splitLine: { show: false }, data: history.daily.map((d) => businessDate(d.date)) },
      yAxis: priceAxis(c, market.priceScale),
      series: [{ name: history.factor, type: 'line' as const, showSymbol: false, lineStyle: { width: 1.5, color: c.second }, itemStyle: { color: c.second }, data: history.daily.map((d) => d.price) }],
    }),
    [history, market.priceScale],
  );
  const first = history.daily[0];
  const last = history.daily.at(-1);
  if (!first || !last) return <p className="muted">There are no daily prices: {history.noDaily}.</p>;
  return (
    <>
      <Chart label={`Daily prices of risk factor ${history.factor} from ${businessDate(first.date)} to ${businessDate(last.date)}, the last ${last.price}`} option={option} height={300} />
      <p className="muted">
        Risk factor {history.factor}, which the settlement prices of {market.instrument} are put behind: {formatCount(history.daily.length)} days from {businessDate(first.date)} to {businessDate(last.date)}. The wheel shows more or
        fewer of them.
      </p>
    </>
  );
}
