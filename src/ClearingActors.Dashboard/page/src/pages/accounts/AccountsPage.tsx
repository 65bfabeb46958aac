import { Time } from '../../ui/Time';
import { millisOf } from '../../format/time';
import { AccountsPanel } from './AccountsPanel';
import './accounts.css';
import { MembersPanel } from './MembersPanel';
import { useAccountList } from './useAccountList';
import { useAddress } from './useAddress';

/** Members and all their accounts. */
export default function AccountsPage() {
  const { house, rows, error } = useAccountList();
  const { filter, sorting, setText, setMember, setShow, setSorting } = useAddress();
  const value = house.value;
  if (!value) return house.error ? <p className="error">{house.error}</p> : <p role="status">Loading …</p>;
  return (
    <>
      {value.failure ? (
        <p className="error" role="alert">
          The figures are of <Time at={millisOf(value.at)} />: {value.failure}
        </p>
      ) : null}
      <div className="panels">
        <MembersPanel members={value.members} businessTime={value.businessTime} selected={filter.member} onSelect={setMember} error={house.error} />
        <AccountsPanel
          rows={rows}
          error={error}
          businessTime={value.businessTime}
          filter={filter}
          sorting={sorting}
          setText={setText}
          setMember={setMember}
          setShow={setShow}
          setSorting={setSorting}
        />
      </div>
    </>
  );
}
