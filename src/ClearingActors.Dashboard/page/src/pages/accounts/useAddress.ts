import type { SortingState } from '@tanstack/react-table';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { shows, type Filter, type Show } from './rows';

const worstFirst = 'excess';

/** What is typed stands in the address when one has stopped typing. */
const restMilliseconds = 250;

/** Filter and order of the list stand in the address, so that they can be kept, sent to somebody, and gone back to. */
export function useAddress() {
  const [params, setParams] = useSearchParams();
  const show = params.get('show') as Show | null;
  const found = params.get('q') ?? '';
  const member = params.get('member') ?? '';
  const order = params.get('sort') ?? '';

  // The address follows too slowly for a field that is typed into.
  const [text, setText] = useState(found);
  const written = useRef(found);

  const set = useCallback(
    (name: string, value: string, replace = false) => {
      // Of what the address says now, not of what it said when this was drawn.
      const next = new URLSearchParams(window.location.search);
      if (value) next.set(name, value);
      else next.delete(name);
      setParams(next, { replace });
    },
    [setParams],
  );

  useEffect(() => {
    if (text === written.current) return;
    const timer = window.setTimeout(() => {
      written.current = text;
      set('q', text, true);
    }, restMilliseconds);
    return () => window.clearTimeout(timer);
  }, [text, set]);

  // Somebody went back, or followed a link to this page.
  useEffect(() => {
    if (found === written.current) return;
    written.current = found;
    setText(found);
  }, [found]);

  const filter: Filter = useMemo(() => ({ text, member, show: show && shows.includes(show) ? show : 'all' }), [text, member, show]);
  const sorting: SortingState = useMemo(() => [{ id: (order || worstFirst).replace(/^-/, ''), desc: order.startsWith('-') }], [order]);
  return {
    filter,
    sorting,
    setText,
    setMember: useCallback((value: string) => set('member', value), [set]),
    setShow: (value: Show) => set('show', value === 'all' ? '' : value),
    setSorting: (next: SortingState) => set('sort', next[0] && !(next[0].id === worstFirst && !next[0].desc) ? `${next[0].desc ? '-' : ''}${next[0].id}` : ''),
  };
}
