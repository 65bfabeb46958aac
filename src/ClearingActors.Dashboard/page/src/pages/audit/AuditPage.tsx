import './audit.css';
import { CheckpointPanel } from './CheckpointPanel';
import { OfflinePanel } from './OfflinePanel';
import { TravelPanel } from './TravelPanel';
import { VerifyPanel } from './VerifyPanel';

export default function AuditPage() {
  return (
    <div className="panels">
      <CheckpointPanel />
      <VerifyPanel />
      <TravelPanel />
      <OfflinePanel />
    </div>
  );
}
