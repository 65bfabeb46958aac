import type { ColumnDef } from '@tanstack/react-table';
import type { Default, Leg } from '../../api/gen/defaults';
import { formatCount } from '../../format/decimal';
import { DataTable } from '../../ui/DataTable';
import { Panel } from '../../ui/Panel';
import { purposeWord } from './words';

const outcomeWord = ['on its way', 'novated', 'rejected'];

/** The trades by which positions were moved: ordinary ones, cleared like all others. */
export function LegsPanel({ d }: { d: Default }) {
  if (d.legs.length === 0) return null;
  const columns: ColumnDef<Leg, any>[] = [
    { header: 'No.', id: 'number', accessorFn: (l) => Number(l.number), meta: { align: 'right' } },
    { header: 'What for', accessorFn: (l) => purposeWord[l.purpose] },
    { header: 'Instrument', accessorKey: 'instrument' },
    { header: 'Lots', id: 'lots', accessorFn: (l) => Number(l.lots), cell: ({ row }) => formatCount(row.original.lots), meta: { align: 'right' } },
    { header: 'Price', accessorKey: 'price', meta: { align: 'right' }, enableSorting: false },
    { header: 'Seller', accessorKey: 'seller', meta: { wide: true } },
    { header: 'Buyer', accessorKey: 'buyer', meta: { wide: true } },
    {
      header: 'Outcome',
      accessorFn: (l) => outcomeWord[l.outcome],
      cell: ({ row: { original: l } }) => <span className={l.outcome === 2 ? 'bad' : undefined}>{outcomeWord[l.outcome]}{l.replacedBy !== '0' ? `, replaced by ${l.replacedBy}` : ''}</span>,
    },
  ];
  return (
    <Panel title="Trades of the default">
      <DataTable label="Trades of the default" columns={columns} rows={d.legs} rowId={(l) => l.number} height={340} />
    </Panel>
  );
}
