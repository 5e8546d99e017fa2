/** What is wrong with the machine itself: its disk, its state, its clock; each with the mend. */
import type { ApplianceView } from '../../../../protocol/api.ts';

export function Troubles({ troubles }: { troubles: ApplianceView['troubles'] }) {
  return (
    <>
      {troubles.map(({ text }) => (
        <p key={text} class="notice" role="alert">
          {text}
        </p>
      ))}
    </>
  );
}
