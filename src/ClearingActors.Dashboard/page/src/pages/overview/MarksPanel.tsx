import type { ColumnDef } from '@tanstack/react-table';
import { Link } from 'react-router-dom';
import type { Market } from '../../api/gen/markets';
import { useLive } from '../../api/live';
import { formatCount, formatDecimal } from '../../format/decimal';
import { DataTable } from '../../ui/DataTable';
import { Panel } from '../../ui/Panel';
import { formatAge, statesOf } from '../market/market';
import { States } from '../market/States';

/** Instruments whose mark somebody should look at: held, stale or missing, and those that are halted or overdue. */
export function MarksPanel() {
  const live = useLive('clearing.markets.v1.MarketsService/GetMarkets', {}, 1000);
  const all = live.value?.markets ?? [];
  const houseHalted = live.value?.houseHalted ?? false;
  const wrong = all.filter((m) => statesOf(m, houseHalted).some((s) => s.attention));
  const columns: ColumnDef<Market, any>[] = [
    { header: 'Instrument', accessorKey: 'instrument', cell: ({ row: { original: m } }) => <Link to={`/market?instrument=${encodeURIComponent(m.instrument)}`}>{m.instrument}</Link> },
    { header: 'State', id: 'state', enableSorting: false, cell: ({ row: { original: m } }) => <States market={m} houseHalted={houseHalted} /> },
    { header: 'Mark', id: 'mark', enableSorting: false, cell: ({ row: { original: m } }) => <span className="number">{m.newest ? formatDecimal(m.newest.price, m.priceScale) : '–'}</span>, meta: { align: 'right' } },
    { header: 'Age', id: 'age', accessorFn: (m) => Number(m.newest?.age ?? 0), cell: ({ row: { original: m } }) => (m.newest ? formatAge(m.newest.age) : '–'), meta: { align: 'right', wide: true } },
  ];
  return (
    <Panel title="Marks that are held, stale or missing" error={live.error}>
      <DataTable label="Marks that need attention" columns={columns} rows={wrong} rowId={(m) => m.instrument} height={330} empty={live.value ? `all ${formatCount(all.length)} instruments are in order` : 'loading …'} />
    </Panel>
  );
}
