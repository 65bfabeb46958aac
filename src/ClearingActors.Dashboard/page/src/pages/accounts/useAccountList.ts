import { useEffect, useRef, useState } from 'react';
import type { GetHouseResponse } from '../../api/gen/accounts';
import { useLive, type Live } from '../../api/live';
import { call } from '../../api/rpc';
import { lagText } from './lag';
import { rowsOf, type AccountRow } from './rows';

/** The house as it is followed, and its accounts, which are fetched whenever something of them has changed. The error says too how old they are when they are behind. */
export function useAccountList(): { house: Live<GetHouseResponse>; rows: AccountRow[] | undefined; error: string } {
  const house = useLive('clearing.accounts.v1.AccountsService/GetHouse', {}, 1000);
  const version = house.value?.version;
  const [list, setList] = useState<{ version: string; at: string; rows: AccountRow[] }>();
  const [error, setError] = useState('');
  const [attempt, setAttempt] = useState(0);
  const asking = useRef(false);
  const inHand = list?.version ?? '0';

  useEffect(() => {
    // One at a time: while the house changes every second, an answer that takes longer is still shown.
    if (!version || version === inHand || asking.current) return;
    asking.current = true;

    // The answer is of this reading or a newer one.
    const at = house.value!.at;
    call('clearing.accounts.v1.AccountsService/ListAccounts', { version: inHand }).then(
      (answer) => {
        asking.current = false;
        setError('');
        setList((old) => (answer.unchanged ? old && { ...old, at } : { version: answer.version, at, rows: rowsOf(answer) }));
      },
      (e: Error) => {
        asking.current = false;
        setError(e.message);
        // The next version asks again by itself; a house in which nothing changes has none.
        window.setTimeout(() => setAttempt((n) => n + 1), 2000);
      },
    );
  }, [version, inHand, attempt]);

  return { house, rows: list?.rows, error: [error, lagText(list, house.value)].filter(Boolean).join(' ') };
}
