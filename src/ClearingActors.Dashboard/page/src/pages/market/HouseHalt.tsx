import { useLive } from '../../api/live';
import { ActionButton } from '../../ui/ActionButton';
import { Badge, Figure } from '../../ui/Panel';

/** Whether the whole house is halted, and its halt. It needs nothing of the markets; where the state cannot be read the halt is still offered. */
export function HouseHalt() {
  const { value: house, error } = useLive('clearing.house.v1.HouseService/GetOverview', {}, 500);
  const known = house && !house.haltUnknown && !error;
  const halted = house?.houseHalted;
  return (
    <Figure
      name="House"
      tone={known && !halted ? undefined : 'bad'}
      note={
        halted ? (
          <ActionButton method="clearing.operations.v1.OperationsService/ResumeHouse" request={{}} label="Resume the house" what="Resume the whole house: every instrument that has no halt of its own takes trades again" />
        ) : (
          <ActionButton method="clearing.operations.v1.OperationsService/HaltHouse" request={{}} label="Halt the house" what="Halt the whole house: no instrument takes trades" danger />
        )
      }
    >
      {known ? <Badge tone={halted ? 'bad' : 'good'}>{halted ? 'Halted' : 'Open'}</Badge> : <Badge tone="bad">Cannot be read</Badge>}
    </Figure>
  );
}
