import { listOf } from '../data/config-store.ts';
import { PeopleSearch } from '../setup/people-search.tsx';
import { t } from '../texts/texts.ts';
import { EntryList } from './entry-list.tsx';
import { groupFields, personFields } from './fields.ts';
import type { PartProps } from './settings.tsx';

interface PersonEntry {
  id: string;
  name?: string;
  user: string;
  share: string;
}

/** Who is shown, and how much of it. */
export function PeopleSettings({ config, onSaved }: PartProps) {
  const people = listOf<PersonEntry>(config, 'people').map(({ id, name, share }) => ({
    id,
    title: name ?? id,
    detail: t.options[share] ?? '',
    fields: personFields,
  }));
  const groups = listOf<PersonEntry>(config, 'groups').map(({ id, share }) => ({
    id,
    title: id,
    detail: t.options[share] ?? '',
    fields: groupFields,
  }));
  return (
    <>
      <EntryList config={config} onSaved={onSaved} list="people" entries={people} />
      {config.editable && <PeopleSearch config={config} onSaved={onSaved} />}
      {groups.length > 0 && (
        <>
          <h3>{t.settings.groups}</h3>
          <EntryList config={config} onSaved={onSaved} list="groups" entries={groups} />
        </>
      )}
    </>
  );
}
