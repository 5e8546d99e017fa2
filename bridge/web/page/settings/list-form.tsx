/** The frame around a list that is saved as a whole: its items, what is wrong, and the buttons. */
import type { ComponentChildren } from 'preact';
import { t } from '../texts/texts.ts';
import { wordsBelow } from '../ui/field.tsx';
import { Conflict } from './edit-form.tsx';
import type { EditedList } from './use-list.ts';

export interface ListFormProps<Item> {
  list: EditedList<Item>;
  path: string;
  editable: boolean;
  fresh: Item;
  addText: string;
  /** What it means that there is none. */
  noneText: string;
  item: (item: Item, index: number) => ComponentChildren;
}

export function ListForm<Item>({
  list,
  path,
  editable,
  fresh,
  addText,
  noneText,
  item,
}: ListFormProps<Item>) {
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void list.save();
      }}
    >
      <fieldset disabled={!editable} class="form">
        {list.items.length === 0 && <p>{noneText}</p>}
        {list.items.map((one, index) => (
          // The entries have no id: their place is what they are.
          <fieldset key={index} class="card form">
            <legend class="heard">{index + 1}</legend>
            {item(one, index)}
            <button type="button" class="quiet" onClick={() => list.remove(index)}>
              {t.settings.remove}
            </button>
          </fieldset>
        ))}
        {list.refusal && (
          <p class="wrong" role="alert">
            {wordsBelow(list.refusal, [path])}
          </p>
        )}
        {list.conflict && (
          <Conflict
            theirs={list.conflict}
            changes={[{ path, value: list.items }]}
            onMine={() => void list.overwrite()}
            onTheirs={list.takeTheirs}
          />
        )}
        <div class="actions">
          <button type="button" onClick={() => list.add(fresh)}>
            {addText}
          </button>
          {(list.dirty || list.items.length > 0) && (
            <button type="submit" class="main" disabled={!list.dirty}>
              {t.settings.save}
            </button>
          )}
          {list.dirty && (
            <button type="button" onClick={list.undo}>
              {t.settings.undo}
            </button>
          )}
        </div>
      </fieldset>
    </form>
  );
}
