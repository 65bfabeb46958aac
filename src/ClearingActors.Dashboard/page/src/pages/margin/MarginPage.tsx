import { Link, useSearchParams } from 'react-router-dom';
import { BacktestView } from './BacktestView';
import { FundView } from './FundView';
import './margin.css';
import { MarginView } from './MarginView';
import { StressView } from './StressView';

const views = [
  { id: '', title: 'Margin and calls', view: MarginView },
  { id: 'stress', title: 'Stress', view: StressView },
  { id: 'fund', title: 'Default fund', view: FundView },
  { id: 'backtest', title: 'Back-test', view: BacktestView },
];

export default function MarginPage() {
  const [query] = useSearchParams();
  const current = views.find((v) => v.id === (query.get('view') ?? '')) ?? views[0]!;
  const View = current.view;
  return (
    <>
      <div className="views" role="navigation" aria-label="Parts of this page">
        {views.map((v) => (
          <Link key={v.id} to={v.id ? `?view=${v.id}` : '?'} aria-current={v === current ? 'page' : undefined}>
            {v.title}
          </Link>
        ))}
      </div>
      <View />
    </>
  );
}
