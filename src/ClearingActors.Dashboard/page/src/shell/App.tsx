import { Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { Navigate, Route, Routes, useLocation } from 'react-router-dom';
import { connection } from '../api/live';
import { fetchSession, SessionContext, type Session } from '../api/session';
import { loadAll, pages } from '../pages/pages';
import { Boundary } from './Boundary';
import { Shell } from './Shell';
import { SignIn } from './SignIn';

/** Who is signed in decides whether there is anything to see. */
export function App() {
  const [session, setSession] = useState<Session>();
  const [error, setError] = useState('');
  const location = useLocation();
  const [loadedBuild, setLoadedBuild] = useState('');
  const [warning, setWarning] = useState('');
  const shown = useRef('');

  const refresh = useCallback(async () => {
    try {
      const now = await fetchSession();
      const other = shown.current && now.name && now.name !== shown.current;
      if (other) setWarning(`${now.name} has signed in in another tab. Sign in again to go on here.`);
      // What is open here is of who was signed in here: it must not go on in another's name.
      shown.current = other ? '' : now.name;
      setSession(other ? { ...now, name: '', roles: [] } : now);
      setLoadedBuild((build) => build || now.build);
      setError('');
    } catch {
      setError('The node cannot be reached. The page tries again every two seconds.');
    }
  }, []);

  useEffect(() => {
    void refresh();
    const again = () => void refresh();
    // The node may have been started again meanwhile: its tokens, and perhaps its page, are others.
    window.addEventListener('live-connected', again);
    window.addEventListener('live-lost', again);
    window.addEventListener('session-ended', again);
    return () => {
      window.removeEventListener('live-connected', again);
      window.removeEventListener('live-lost', again);
      window.removeEventListener('session-ended', again);
    };
  }, [refresh]);

  useEffect(() => {
    if (session || !error) return;
    const timer = window.setInterval(() => void refresh(), 2000);
    return () => window.clearInterval(timer);
  }, [session, error, refresh]);

  const signedIn = Boolean(session?.name);
  useEffect(() => {
    if (!signedIn) return;
    connection.open();
    return () => connection.close();
  }, [signedIn]);

  // All pages at once, so that one which is opened first in an outage is there.
  useEffect(() => {
    if (signedIn) loadAll();
  }, [signedIn]);

  if (!session) return <main className="alone">{error ? <p role="alert">{error}</p> : <p role="status">Loading …</p>}</main>;
  if (!session.name) return <SignIn node={session.node} warning={warning} onSignedIn={refresh} />;
  return (
    <SessionContext value={session}>
      <Shell
        onSignedOut={(of) => {
          setWarning(of);
          return refresh();
        }}
        outdated={session.build !== loadedBuild}
      >
        <Boundary key={location.pathname}>
          <Suspense fallback={<p role="status">Loading …</p>}>
          <Routes>
            {pages.map((page) => page.routes.map((route) => <Route key={route.path} path={route.path} element={<route.component />} />))}
            <Route path="*" element={<Navigate to="/" replace />} />
          </Routes>
          </Suspense>
        </Boundary>
      </Shell>
    </SessionContext>
  );
}
