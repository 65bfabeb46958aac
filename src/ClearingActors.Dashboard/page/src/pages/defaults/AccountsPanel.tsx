import type { ColumnDef } from '@tanstack/react-table';
import type { Default, SeizedAccount } from '../../api/gen/defaults';
import { ActionButton } from '../../ui/ActionButton';
import { DataTable } from '../../ui/DataTable';
import { Panel } from '../../ui/Panel';
import { Countdown } from '../../ui/Time';
import { formatUnits } from '../../format/decimal';
import { accountStageWord, money, segregationWord } from './words';

/** What becomes of each of the defaulter's accounts. */
export function AccountsPanel({ d, businessTime }: { d: Default; businessTime: string | undefined }) {
  if (d.accounts.length === 0) return null;
  const columns: ColumnDef<SeizedAccount, any>[] = [
    { header: 'Account', accessorKey: 'account' },
    { header: 'Kind', accessorFn: (a) => segregationWord[a.segregation] ?? '', meta: { wide: true } },
    { header: 'Stage', accessorFn: (a) => accountStageWord[a.stage], cell: ({ row: { original: a } }) => (a.blocked ? <span className="bad">{`${accountStageWord[a.stage]}: ${a.blocked}`}</span> : accountStageWord[a.stage]) },
    { header: 'Holds', accessorFn: lots, cell: ({ row: { original: a } }) => holds(a) },
    {
      header: 'Until',
      accessorKey: 'portUntil',
      cell: ({ row: { original: a } }) => (a.stage === 'ACCOUNT_STAGE_PORTING' || a.stage === 'ACCOUNT_STAGE_UNSOLD' ? <Countdown to={a.portUntil} now={businessTime} /> : '–'),
    },
    { header: 'Taken over by', accessorFn: (a) => a.portedTo || a.offers.join(', '), cell: ({ row: { original: a } }) => a.portedTo || (a.offers.length ? `offers: ${a.offers.join(', ')}` : '–'), meta: { wide: true } },
    { header: 'Auctions', accessorKey: 'rounds', meta: { align: 'right', wide: true } },
    {
      header: `Loss, ${d.currency}`,
      id: 'loss',
      accessorFn: (a) => Number(a.loss?.loss ?? 0),
      cell: ({ row: { original: a } }) => (a.loss ? <span className="number">{money(d, a.loss.loss)}</span> : '–'),
      meta: { align: 'right' },
    },
    { header: 'Actions', id: 'actions', enableSorting: false, cell: ({ row: { original: a } }) => <AccountActions d={d} a={a} /> },
  ];
  return (
    <Panel title="Accounts">
      <DataTable label="Accounts of the defaulter" columns={columns} rows={d.accounts} rowId={(a) => a.account} height={360} />
    </Panel>
  );
}

function AccountActions({ d, a }: { d: Default; a: SeizedAccount }) {
  const closing = d.stage === 'STAGE_DECLARED' || d.stage === 'STAGE_CLOSING_OUT';
  if (!closing) return null;
  return (
    <span className="panel-actions">
      {a.stage === 'ACCOUNT_STAGE_PORTING' ? (
        <>
          {a.offers.map((member) => (
            <ActionButton
              key={member}
              method="clearing.defaults.v1.DefaultService/PortAccount"
              request={{ number: d.number, account: a.account, member }}
              label={`To ${member} …`}
              what={`Port ${a.account} to ${member}, with its collateral`}
            />
          ))}
          <ActionButton method="clearing.defaults.v1.DefaultService/CloseOutAccount" request={{ number: d.number, account: a.account }} label="Close out …" what={`End the porting window of ${a.account} and close it out`} danger />
        </>
      ) : null}
      {a.stage === 'ACCOUNT_STAGE_UNSOLD' ? (
        <ActionButton method="clearing.defaults.v1.DefaultService/Reoffer" request={{ number: d.number, account: a.account }} label="Offer again …" what={`Offer what is unsold of ${a.account} once more`} />
      ) : null}
    </span>
  );
}

function lots(a: SeizedAccount): number {
  return (a.held?.positions ?? a.own?.positions ?? []).reduce((sum, p) => sum + Math.abs(Number(p.lots)), 0);
}

function holds(a: SeizedAccount): string {
  const positions = (a.held?.positions.length ? a.held.positions : a.own?.positions) ?? [];
  if (positions.length === 0) return 'no positions';
  const first = positions.slice(0, 2).map((p) => `${formatUnits(BigInt(p.lots), 0)} ${p.instrument}`);
  return first.join(', ') + (positions.length > 2 ? ` and ${positions.length - 2} more` : '');
}
