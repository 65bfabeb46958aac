import { getCoreRowModel, getSortedRowModel, useReactTable, type ColumnDef, type RowData, type SortingState } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type ReactNode } from 'react';

declare module '@tanstack/react-table' {
  interface ColumnMeta<TData extends RowData, TValue> {
    /** Numbers stand to the right. */
    align?: 'right';
    /** Left out on narrow screens. */
    wide?: boolean;
  }
}

const rowHeight = 32;

/** Rows from which on only those in sight are drawn. */
const virtualFrom = 100;

/**
 * Called, not made a component of: columns are often made anew with each update, and as another component each cell would be torn down, with the focus and the half of a click in it.
 * So what draws a cell uses no hooks of its own.
 */
function render<C>(what: ReactNode | ((context: C) => ReactNode), context: C): ReactNode {
  return typeof what === 'function' ? what(context) : what;
}

/**
 * A table that can be sorted by its headings, by mouse and keyboard. Many rows are drawn only where they are in sight, within the given height.
 * `onOpen` makes rows open something: the first column should then hold a link, for keyboard and screen reader.
 */
export function DataTable<T>({
  label,
  columns,
  rows,
  rowId,
  height = 480,
  empty = 'nothing to show',
  sorting: given,
  onSorting,
  onOpen,
  selected,
}: {
  label: string;
  columns: ColumnDef<T, any>[];
  rows: T[];
  rowId: (row: T) => string;
  height?: number;
  empty?: string;
  sorting?: SortingState;
  onSorting?: (sorting: SortingState) => void;
  onOpen?: (row: T) => void;
  selected?: string;
}) {
  const [own, setOwn] = useState<SortingState>([]);
  const sorting = given ?? own;
  const table = useReactTable({
    data: rows,
    columns,
    state: { sorting },
    onSortingChange: (change) => (onSorting ?? setOwn)(typeof change === 'function' ? change(sorting) : change),
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
    getRowId: rowId,
    sortDescFirst: false,
  });
  const sorted = table.getRowModel().rows;
  const frame = useRef<HTMLDivElement>(null);
  const virtual = sorted.length >= virtualFrom;
  const virtualizer = useVirtualizer({ count: sorted.length, getScrollElement: () => frame.current, estimateSize: () => rowHeight, overscan: 12, enabled: virtual });
  const items = virtual ? virtualizer.getVirtualItems() : undefined;
  const before = items?.[0]?.start ?? 0;
  const after = items ? virtualizer.getTotalSize() - (items[items.length - 1]?.end ?? 0) : 0;
  const shown = items ? items.map((i) => sorted[i.index]!) : sorted;

  // Heights are set here, since the page's policy allows no styles in its text.
  const above = useRef<HTMLTableCellElement>(null);
  const below = useRef<HTMLTableCellElement>(null);
  useEffect(() => {
    if (above.current) above.current.style.height = `${before}px`;
    if (below.current) below.current.style.height = `${after}px`;
    if (frame.current) frame.current.style.maxHeight = `${height}px`;
  });

  return (
    <div className="table-frame" ref={frame} tabIndex={0} role="region" aria-label={label}>
      <table aria-rowcount={sorted.length + 1}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} aria-rowindex={1}>
              {group.headers.map((header) => {
                const direction = header.column.getIsSorted();
                const meta = header.column.columnDef.meta;
                return (
                  <th
                    key={header.id}
                    scope="col"
                    className={`${meta?.align === 'right' ? 'right' : ''} ${meta?.wide ? 'wide' : ''}`}
                    aria-sort={direction === 'asc' ? 'ascending' : direction === 'desc' ? 'descending' : undefined}
                  >
                    {header.column.getCanSort() ? (
                      <button type="button" className="sort" onClick={header.column.getToggleSortingHandler()}>
                        {render(header.column.columnDef.header, header.getContext())}
                        <span aria-hidden="true">{direction === 'asc' ? ' ▲' : direction === 'desc' ? ' ▼' : ''}</span>
                      </button>
                    ) : (
                      render(header.column.columnDef.header, header.getContext())
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {before > 0 ? (
            <tr aria-hidden="true">
              <td ref={above} colSpan={columns.length} className="spacer" />
            </tr>
          ) : null}
          {shown.map((row, i) => (
            <tr
              key={row.id}
              aria-rowindex={(items ? items[i]!.index : i) + 2}
              className={`${onOpen ? 'opens' : ''} ${selected === row.id ? 'selected' : ''}`}
              onClick={onOpen ? () => onOpen(row.original) : undefined}
            >
              {row.getVisibleCells().map((cell) => (
                <td key={cell.id} className={`${cell.column.columnDef.meta?.align === 'right' ? 'right' : ''} ${cell.column.columnDef.meta?.wide ? 'wide' : ''}`}>
                  {render(cell.column.columnDef.cell, cell.getContext())}
                </td>
              ))}
            </tr>
          ))}
          {after > 0 ? (
            <tr aria-hidden="true">
              <td ref={below} colSpan={columns.length} className="spacer" />
            </tr>
          ) : null}
          {sorted.length === 0 ? (
            <tr>
              <td colSpan={columns.length} className="muted empty">
                {empty}
              </td>
            </tr>
          ) : null}
        </tbody>
      </table>
    </div>
  );
}
