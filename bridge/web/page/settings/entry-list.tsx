/** A list of the configuration, each entry to be unfolded and edited. */
import type { ComponentChildren } from 'preact';
import { t } from '../texts/texts.ts';
import { useOpen } from '../ui/open.ts';
import type { FieldSpec } from './control.tsx';
import { EditForm } from './edit-form.tsx';
import type { PartProps } from './settings.tsx';

export interface Entry {
  id: string;
  title: string;
  detail: string;
  fields: readonly FieldSpec[];
  more?: ComponentChildren;
}

export interface EntryListProps extends Pick<PartProps, 'config' | 'onSaved'> {
  /** Its name in the file. */
  list: 'people' | 'groups' | 'lights';
  entries: readonly Entry[];
}

export function EntryList({ config, onSaved, list, entries }: EntryListProps) {
  return (
    <ul class="list">
      {entries.map((entry) => (
        <EntryRow key={entry.id} entry={entry} list={list} config={config} onSaved={onSaved} />
      ))}
    </ul>
  );
}

function EntryRow({ entry, list, config, onSaved }: Omit<EntryListProps, 'entries'> & { entry: Entry }) {
  const { open, onToggle } = useOpen();
  return (
    <li class="entry">
      <details onToggle={onToggle}>
        <summary>
          <span class="who">{entry.title}</span> <span class="detail">{entry.detail}</span>
        </summary>
        {open && (
          <EditForm
            config={config}
            onSaved={onSaved}
            path={`${list}/${entry.id}`}
            fields={entry.fields}
            sureToRemove={t.settings.sureToRemove[list](entry.title)}
          >
            {entry.more}
          </EditForm>
        )}
      </details>
    </li>
  );
}
