import { useCallback, useEffect, useRef, useState } from 'react';
import type { GetTravelResponse, HouseAt } from '../../api/gen/audit';
import { call, type Request } from '../../api/rpc';
import { ApiError } from '../../api/session';

type Moment = Request<'clearing.audit.v1.TimeTravelService/GetHouseAt'>;

/** How long the slider rests before the exact moment is asked for, milliseconds. */
const rest = 300;

const progressEvery = 300;

export interface Travel {
  /** What is shown; not exact while one drags. */
  house?: HouseAt;
  exact: boolean;
  /** The newest moment that was looked at, to compare with. */
  newest?: HouseAt;
  /** Where the slider stands. */
  turn: number;
  /** Set while the node replays. */
  moving: boolean;
  progress?: GetTravelResponse;
  error: string;
  /** Moves the slider: what is kept is shown at once, and the exact moment when it rests. */
  slide: (turn: number) => void;
  /** Goes to a moment at once. */
  go: (moment: Moment) => Promise<HouseAt | undefined>;
  end: () => Promise<void>;
}

/** The caller's replay in the node. */
export function useTravel(): Travel {
  const [house, setHouse] = useState<HouseAt>();
  const [exact, setExact] = useState(false);
  const [newest, setNewest] = useState<HouseAt>();
  const [turn, setTurn] = useState(0);
  const [moving, setMoving] = useState(false);
  const [progress, setProgress] = useState<GetTravelResponse>();
  const [error, setError] = useState('');
  const move = useRef<AbortController>(null);
  const timer = useRef(0);
  const peeking = useRef(false);
  const wanted = useRef(0);

  const look = useCallback(async () => {
    try {
      setProgress(await call('clearing.audit.v1.TimeTravelService/GetTravel', {}));
    } catch (e) {
      setError((e as Error).message);
    }
  }, []);

  const go = useCallback(
    async (moment: Moment) => {
      window.clearTimeout(timer.current);
      move.current?.abort();
      const own = new AbortController();
      move.current = own;
      setMoving(true);
      setError('');
      try {
        const response = await call('clearing.audit.v1.TimeTravelService/GetHouseAt', moment, own.signal);
        if (move.current !== own) return undefined;
        setHouse(response.house);
        setExact(true);
        if (response.house) {
          setTurn(Number(response.house.turn));
          wanted.current = Number(response.house.turn);
        }
        if (moment.newest) setNewest(response.house);
        return response.house;
      } catch (e) {
        // Given up for another moment: that one tells what becomes of it. A second window of the same person does that too, and is told.
        if (own.signal.aborted) return undefined;
        setError(e instanceof ApiError && e.status === 409 ? 'Another window of yours has asked for another moment.' : (e as Error).message);
        return undefined;
      } finally {
        if (move.current === own) {
          move.current = null;
          setMoving(false);
          void look();
        }
      }
    },
    [look],
  );

  const peek = useCallback(async () => {
    if (peeking.current) return;
    peeking.current = true;
    try {
      for (let asked = -1; asked !== wanted.current; ) {
        asked = wanted.current;
        const kept = await call('clearing.audit.v1.TimeTravelService/GetHouseAt', { turn: String(asked), keptOnly: true });
        // The exact moment may have come meanwhile.
        if (kept.house && move.current === null && asked === wanted.current) {
          setHouse(kept.house);
          setExact(kept.exact);
          if (kept.exact) window.clearTimeout(timer.current);
        }
      }
    } catch (e) {
      setError((e as Error).message);
    } finally {
      peeking.current = false;
    }
  }, []);

  const slide = useCallback(
    (to: number) => {
      move.current?.abort();
      move.current = null;
      setMoving(false);
      setTurn(to);
      setExact(false);
      wanted.current = to;
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => void go({ turn: String(to) }), rest);
      void peek();
    },
    [go, peek],
  );

  const end = useCallback(async () => {
    window.clearTimeout(timer.current);
    move.current?.abort();
    move.current = null;
    setMoving(false);
    try {
      await call('clearing.audit.v1.TimeTravelService/EndTravel', {});
      setHouse(undefined);
      setNewest(undefined);
      setProgress(undefined);
    } catch (e) {
      setError((e as Error).message);
    }
  }, []);

  useEffect(() => {
    if (!moving) return;
    const every = window.setInterval(() => void look(), progressEvery);
    return () => window.clearInterval(every);
  }, [moving, look]);

  // Who leaves the page asks for nothing any more.
  useEffect(
    () => () => {
      window.clearTimeout(timer.current);
      move.current?.abort();
    },
    [],
  );

  return { house, exact, newest, turn, moving, progress, error, slide, go, end };
}
