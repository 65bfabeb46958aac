import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import type { PositionLine } from '../../api/gen/accounts';
import { approximate, formatCount, formatDecimal } from '../../format/decimal';
import { millisOf } from '../../format/time';
import { Amount } from '../../ui/Amount';
import { DataTable } from '../../ui/DataTable';
import { Panel } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { Units } from './Units';

export function PositionsPanel({ positions }: { positions: PositionLine[] }) {
  const perClient = positions.some((p) => p.client);
  const expires = positions.some((p) => p.expiry !== '0');
  const inFlight = positions.some((p) => p.selling !== '0' || p.buyingBack !== '0');
  const groups = new Set(positions.map((p) => p.productGroup)).size > 1;
  const currency = new Set(positions.map((p) => p.currency)).size === 1 ? positions[0]!.currency : undefined;
  const columns = useMemo((): ColumnDef<PositionLine, any>[] => {
    const price = (header: string, of: (p: PositionLine) => PositionLine['mark']): ColumnDef<PositionLine, any> => ({
      header,
      id: header,
      accessorFn: (p) => approximate(of(p)),
      cell: ({ row: { original: p } }) => <span className="number">{formatDecimal(of(p))}</span>,
      meta: { align: 'right', wide: true },
    });
    return [
      {
        header: 'Instrument',
        accessorKey: 'instrument',
        sortingFn: 'basic',
        cell: ({ row: { original: p } }) => (
          <>
            {p.instrument}
            {p.client ? <span className="narrow muted"> {p.client}</span> : null}
          </>
        ),
      },
      ...(perClient ? [{ header: 'Client', accessorKey: 'client', sortingFn: 'basic', meta: { wide: true } } satisfies ColumnDef<PositionLine, any>] : []),
      { header: 'Kind', id: 'kind', accessorFn: (p) => p.kind.toLowerCase(), sortingFn: 'basic', meta: { wide: true } },
      ...(groups ? [{ header: 'Product group', accessorKey: 'productGroup', sortingFn: 'basic', meta: { wide: true } } satisfies ColumnDef<PositionLine, any>] : []),
      ...(expires
        ? [
            {
              header: 'Expiry',
              id: 'expiry',
              accessorFn: (p) => millisOf(p.expiry),
              cell: ({ row: { original: p } }) => <Time at={p.expiry} show="date" />,
              meta: { wide: true },
            } satisfies ColumnDef<PositionLine, any>,
          ]
        : []),
      {
        header: 'Lots',
        id: 'lots',
        accessorFn: (p) => BigInt(p.lots),
        sortingFn: 'basic',
        cell: ({ row: { original: p } }) => (
          <>
            <Units units={BigInt(p.lots)} digits={0} />
            <span className="unseen">{BigInt(p.lots) < 0n ? ' short' : ' long'}</span>
          </>
        ),
        meta: { align: 'right' },
      },
      { header: 'Settled lots', id: 'settled', accessorFn: (p) => BigInt(p.settledLots), sortingFn: 'basic', cell: ({ row: { original: p } }) => <Units units={BigInt(p.settledLots)} digits={0} />, meta: { align: 'right', wide: true } },
      ...(inFlight
        ? [
            {
              header: 'In flight',
              id: 'flight',
              accessorFn: (p) => BigInt(p.selling) + BigInt(p.buyingBack),
              sortingFn: 'basic',
              cell: ({ row: { original: p } }) =>
                p.selling !== '0' ? `${formatCount(p.selling)} selling` : p.buyingBack !== '0' ? `${formatCount(p.buyingBack)} reversing` : <span className="muted">none</span>,
              meta: { wide: true },
            } satisfies ColumnDef<PositionLine, any>,
          ]
        : []),
      price('Reference', (p) => p.referencePrice),
      price('Mark', (p) => p.mark),
      {
        header: 'Mark of',
        id: 'markTime',
        accessorFn: (p) => millisOf(p.markTime),
        cell: ({ row: { original: p } }) => (p.markTime !== '0' ? <Time at={p.markTime} /> : p.mark ? <span className="muted">last settlement</span> : <span className="bad">no mark</span>),
        meta: { wide: true },
      },
      {
        header: currency ? `Unrealised, ${currency}` : 'Unrealised',
        id: 'unrealised',
        accessorFn: (p) => approximate(p.unrealised ?? p.optionValue),
        cell: ({ row: { original: p } }) =>
          p.optionValue ? (
            <>
              <span className="muted">value </span>
              <Amount value={p.optionValue} currency={p.currency} show={!currency} />
            </>
          ) : (
            <Amount value={p.unrealised} currency={p.currency} show={!currency} />
          ),
        meta: { align: 'right' },
      },
    ];
  }, [perClient, expires, inFlight, groups, currency]);
  return (
    <Panel title={`Positions, ${formatCount(positions.length)}`}>
      <DataTable label="What is held at the newest marks" columns={columns} rows={positions} rowId={(p) => `${p.instrument} ${p.client}`} height={420} empty="nothing is held" />
    </Panel>
  );
}
