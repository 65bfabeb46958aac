import type { ColumnDef } from '@tanstack/react-table';
import { useEffect } from 'react';
import { Link, useNavigate, useParams } from 'react-router-dom';
import type { Default } from '../../api/gen/defaults';
import { useLive } from '../../api/live';
import { Badge, Panel, type Tone } from '../../ui/Panel';
import { DataTable } from '../../ui/DataTable';
import { Countdown, Time } from '../../ui/Time';
import { AccountsPanel } from './AccountsPanel';
import { AuctionsPanel } from './AuctionsPanel';
import { DecisionsPanel } from './DecisionsPanel';
import { LegsPanel } from './LegsPanel';
import { StagePicture } from './StagePicture';
import { WaterfallPanel } from './WaterfallPanel';
import { causeWord, stageWord } from './words';
import './defaults.css';

export default function DefaultsPage() {
  const { number } = useParams();
  const live = useLive('clearing.defaults.v1.DefaultService/GetDefaults', {}, 500);
  const businessTime = useLive('clearing.house.v1.HouseService/GetOverview', {}, 500).value?.businessTime;
  const navigate = useNavigate();

  // The newest that is open, unless one was chosen.
  const all = [...(live.value?.defaults ?? [])].reverse();
  const shown = number ? all.find((d) => d.number === number) : (all.find(isOpen) ?? all[0]);
  const shownNumber = shown?.number;

  // What is shown stays when another default opens: the decisions under the hand must not become another's.
  useEffect(() => {
    if (!number && shownNumber) navigate(`/defaults/${shownNumber}`, { replace: true });
  }, [number, shownNumber, navigate]);

  if (!live.value) return live.error ? <p className="error">{live.error}</p> : <p role="status">Loading …</p>;
  if (!shown) return <p className="muted">{number ? `There is no default ${number} in this journal.` : 'No member has defaulted in this journal.'}</p>;
  return (
    <div className="panels">
      {live.error ? <p className="error">{live.error}</p> : null}
      {all.length > 1 ? <DefaultList all={all} shown={shown} businessTime={businessTime} /> : null}
      <Panel
        title={`Default ${shown.number}: ${shown.member}`}
        actions={<Badge tone={toneOf(shown)}>{stageWord[shown.stage]}</Badge>}
        error={shown.blocked ? `It does not go on: ${shown.blocked}` : undefined}
      >
        <StagePicture d={shown} />
        <dl className="facts spaced">
          <dt>Why</dt>
          <dd>
            {causeWord[shown.cause]}
            {shown.detail ? `: ${shown.detail}` : ''}
          </dd>
          <dt>Triggered</dt>
          <dd>
            <Time at={shown.triggeredAt} show="both" /> by {shown.triggeredBy || 'the clearing house'}
          </dd>
          {shown.declaredAt !== '0' ? (
            <>
              <dt>Declared</dt>
              <dd>
                <Time at={shown.declaredAt} show="both" />
              </dd>
            </>
          ) : null}
          {shown.deadline !== '0' && isOpen(shown) ? (
            <>
              <dt>Next</dt>
              <dd>
                {shown.next}, in <Countdown to={shown.deadline} now={businessTime} />
              </dd>
            </>
          ) : null}
          {shown.windDown ? (
            <>
              <dt>Wind-down</dt>
              <dd className="bad">part of the loss was booked against the clearing house's remaining equity</dd>
            </>
          ) : null}
        </dl>
      </Panel>
      <DecisionsPanel d={shown} />
      <WaterfallPanel d={shown} terms={live.value.terms} />
      <AccountsPanel d={shown} businessTime={businessTime} />
      <AuctionsPanel d={shown} businessTime={businessTime} />
      <LegsPanel d={shown} />
    </div>
  );
}

export function isOpen(d: Default): boolean {
  return d.stage !== 'STAGE_CLOSED' && d.stage !== 'STAGE_LIFTED';
}

function toneOf(d: Default): Tone {
  return d.stage === 'STAGE_LIFTED' || d.stage === 'STAGE_CLOSED' ? 'good' : d.proposals.length > 0 || d.blocked ? 'warn' : 'bad';
}

function DefaultList({ all, shown, businessTime }: { all: Default[]; shown: Default; businessTime: string | undefined }) {
  const navigate = useNavigate();
  const columns: ColumnDef<Default, any>[] = [
    { header: 'No.', id: 'number', accessorFn: (d) => Number(d.number), cell: ({ row }) => <Link to={`/defaults/${row.original.number}`} onClick={(e) => e.stopPropagation()}>{row.original.number}</Link> },
    { header: 'Member', accessorKey: 'member' },
    { header: 'Stage', accessorFn: (d) => stageWord[d.stage], cell: ({ row }) => <Badge tone={toneOf(row.original)}>{stageWord[row.original.stage]}</Badge> },
    { header: 'Triggered', accessorKey: 'triggeredAt', cell: ({ row }) => <Time at={row.original.triggeredAt} show="both" />, meta: { wide: true } },
    { header: 'Next in', id: 'deadline', accessorFn: (d) => d.deadline, cell: ({ row }) => (isOpen(row.original) ? <Countdown to={row.original.deadline} now={businessTime} /> : '–') },
  ];
  return (
    <Panel title="All defaults">
      <DataTable label="All defaults" columns={columns} rows={all} rowId={(d) => d.number} height={200} selected={shown.number} onOpen={(d) => navigate(`/defaults/${d.number}`)} />
    </Panel>
  );
}
