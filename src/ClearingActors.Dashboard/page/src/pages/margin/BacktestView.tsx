import type { ColumnDef } from '@tanstack/react-table';
import { useState } from 'react';
import type { BacktestAccount, BacktestLight, BacktestMember, BacktestResult } from '../../api/gen/stress';
import { useLive } from '../../api/live';
import { call } from '../../api/rpc';
import { useHasRole } from '../../api/session';
import { formatCount } from '../../format/decimal';
import { businessDate } from '../../format/time';
import { DataTable } from '../../ui/DataTable';
import { Badge, Figure, Panel, type Tone } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { AccountLink } from './AccountLink';
import { formatProbability, formatRisk } from './figures';

/** Was margin enough? What accounts held at the end of a date, against what came one margin period later. */
export function BacktestView() {
  const [asking, setAsking] = useState(false);
  const [refused, setRefused] = useState('');
  const mayStart = useHasRole('operator', 'riskmanager', 'auditor');
  const { value, error } = useLive('clearing.stress.v1.StressService/GetBacktest', { limit: 500 }, 1000);
  const running = value?.state === 'STATE_RUNNING';

  async function compute() {
    setAsking(true);
    setRefused('');
    try {
      await call('clearing.stress.v1.StressService/GetBacktest', { start: true, limit: 1 });
    } catch (e) {
      setRefused((e as Error).message);
    } finally {
      setAsking(false);
    }
  }

  if (!value) return error ? <p className="error">{error}</p> : <p role="status">Loading …</p>;
  const result = value.result;
  return (
    <div className="panels">
      <Panel
        title="Back-test of the house’s margin"
        error={error || refused || value.failure}
        actions={
          mayStart ? (
            <button type="button" disabled={asking || running || !value.outdated} onClick={() => void compute()}>
              {running ? 'Computing …' : result ? 'Compute again' : 'Compute'}
            </button>
          ) : null
        }
      >
        <p className="muted">
          From the journal, in the background, with what clearing leaves of the machine. {result ? null : 'It has not been computed since the node started.'}
          {result && value.outdated ? 'A business date has closed since: compute it again.' : null}
          {result && !value.outdated ? 'It holds until the next business date closes.' : null}
        </p>
        {running ? (
          <p className="spaced">
            <progress max={1} value={value.progress} aria-label="How far it is" /> {value.progress > 0 ? `${Math.floor(value.progress * 100)} %` : 'Reading the journal'}, since <Time at={value.startedAt} />
          </p>
        ) : null}
        {result ? <Headline result={result} /> : null}
      </Panel>
      {result ? (
        <>
          <Panel title="By member" className="two-thirds">
            <DataTable label="Back-tests by member" columns={memberColumns} rows={result.members} rowId={(m) => m.member} height={420} empty="nobody has a margin period yet" />
          </Panel>
          <Panel title="What could not be computed" className="third">
            {result.skipped === 0 ? (
              <p className="muted">Every margin and every loss was computed.</p>
            ) : (
              <>
                <p>{formatCount(result.skipped)} margins or losses.</p>
                <ul>
                  {result.skips.map((s) => (
                    <li key={s}>{s}</li>
                  ))}
                </ul>
              </>
            )}
            <p className="muted spaced">
              {formatCount(result.unstarted)} accounts held something and have no period yet; {formatCount(result.flat)} held nothing.
            </p>
          </Panel>
          <Panel title={`By account, the worst first${result.more > 0 ? `; ${formatCount(result.more)} more are not as bad` : ''}`}>
            <DataTable label="Back-tests by account" columns={accountColumns} rows={result.accounts} rowId={(a) => `${a.account} ${a.confidence} ${a.marginDays}`} height={520} empty="no account has a margin period yet" />
          </Panel>
        </>
      ) : null}
    </div>
  );
}

const tones: Record<BacktestLight, Tone> = { BACKTEST_LIGHT_UNSPECIFIED: 'info', BACKTEST_LIGHT_GREEN: 'good', BACKTEST_LIGHT_YELLOW: 'warn', BACKTEST_LIGHT_RED: 'bad', BACKTEST_LIGHT_TOO_FEW: 'info' };
const words: Record<BacktestLight, string> = { BACKTEST_LIGHT_UNSPECIFIED: '–', BACKTEST_LIGHT_GREEN: 'Green', BACKTEST_LIGHT_YELLOW: 'Yellow', BACKTEST_LIGHT_RED: 'Red', BACKTEST_LIGHT_TOO_FEW: 'Too few periods' };

function Headline({ result }: { result: BacktestResult }) {
  const total = result.total!;
  return (
    <div className="figures spaced">
      <Figure name="Red" tone={total.red > 0 ? 'bad' : undefined} note="almost surely not enough margin">
        {formatCount(total.red)}
      </Figure>
      <Figure name="Yellow" tone={total.yellow > 0 ? 'warn' : undefined} note="more losses above margin than there should be">
        {formatCount(total.yellow)}
      </Figure>
      <Figure name="Green" note="as it should be">
        {formatCount(total.green)}
      </Figure>
      <Figure name="Too few periods" note="to say anything">
        {formatCount(total.tooFew)}
      </Figure>
      <Figure name="Losses above margin" note={`of ${formatCount(total.periods)} margin periods`}>
        {formatCount(total.exceptions)}
      </Figure>
      <Figure name="Business dates" note={`${businessDate(result.firstDate)} to ${businessDate(result.lastDate)}`}>
        {formatCount(result.closes)}
      </Figure>
    </div>
  );
}

const memberColumns: ColumnDef<BacktestMember, any>[] = [
  { id: 'member', header: 'Member', accessorFn: (m) => m.member },
  {
    id: 'light', header: 'Worst light', accessorFn: (m) => lightOf(m), cell: ({ row: { original: m } }) => <Badge tone={tones[lightOf(m)]}>{words[lightOf(m)]}</Badge>,
  },
  ...(['red', 'yellow', 'green', 'periods', 'exceptions'] as const).map((name) => ({
    id: name, header: { red: 'Red', yellow: 'Yellow', green: 'Green', periods: 'Periods', exceptions: 'Above margin' }[name], meta: { align: 'right' as const, wide: name !== 'exceptions' }, accessorFn: (m: BacktestMember) => m.count?.[name] ?? 0,
  })),
];

function lightOf({ count }: BacktestMember): BacktestLight {
  return count?.red ? 'BACKTEST_LIGHT_RED' : count?.yellow ? 'BACKTEST_LIGHT_YELLOW' : count?.green ? 'BACKTEST_LIGHT_GREEN' : 'BACKTEST_LIGHT_TOO_FEW';
}

const accountColumns: ColumnDef<BacktestAccount, any>[] = [
  { id: 'account', header: 'Account', accessorFn: (a) => a.account, cell: ({ row: { original: a } }) => <AccountLink account={a.account} /> },
  { id: 'member', header: 'Member', accessorFn: (a) => a.member, meta: { wide: true } },
  { id: 'light', header: 'Light', accessorFn: (a) => words[a.light], cell: ({ row: { original: a } }) => <Badge tone={tones[a.light]}>{words[a.light]}</Badge> },
  { id: 'exceptions', header: 'Above margin', meta: { align: 'right' }, accessorFn: (a) => a.exceptions, cell: ({ row: { original: a } }) => `${a.exceptions} of ${a.periods}` },
  { id: 'for', header: 'Margin for', meta: { wide: true }, accessorFn: (a) => a.confidence, cell: ({ row: { original: a } }) => `${+(a.confidence * 100).toFixed(4)} %, ${a.marginDays} d` },
  { id: 'kupiec', header: 'Kupiec p', meta: { align: 'right', wide: true }, accessorFn: (a) => a.kupiecP ?? 2, cell: ({ row: { original: a } }) => formatProbability(a.kupiecP) },
  { id: 'independence', header: 'Christoffersen p', meta: { align: 'right', wide: true }, accessorFn: (a) => a.independenceP ?? 2, cell: ({ row: { original: a } }) => formatProbability(a.independenceP) },
  { id: 'worst', header: 'Worst from', meta: { wide: true }, accessorFn: (a) => a.worstFrom, cell: ({ row: { original: a } }) => (a.worstFrom ? businessDate(a.worstFrom) : '–') },
  { id: 'loss', header: 'Loss', meta: { align: 'right', wide: true }, accessorFn: (a) => a.worstLoss, cell: ({ row: { original: a } }) => (a.worstFrom ? formatRisk(a.worstLoss) : '–') },
  { id: 'margin', header: 'Margin', meta: { align: 'right', wide: true }, accessorFn: (a) => a.worstMargin, cell: ({ row: { original: a } }) => (a.worstFrom ? `${formatRisk(a.worstMargin)} ${a.currency}` : '–') },
];
