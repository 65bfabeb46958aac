import { Link } from 'react-router-dom';

/** An account's name, which leads to what is known of it. */
export function AccountLink({ account }: { account: string }) {
  return <Link to={`/accounts/${encodeURIComponent(account)}`}>{account}</Link>;
}
