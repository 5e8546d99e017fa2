/** A list that is saved as a whole: quiet hours, notify. What is typed stays until it is saved or undone. */
import { useState } from 'preact/hooks';
import type { ConfigView } from '../../../../protocol/api.ts';
import type { Refusal } from '../data/api.ts';
import { saveChanges, valueAt } from '../data/config-store.ts';

export function useList<Item>(path: string, config: ConfigView, onSaved: (config: ConfigView) => void) {
  const [base, setBase] = useState(config);
  const [typed, setTyped] = useState<Item[]>();
  const [refusal, setRefusal] = useState<Refusal>();
  const [conflict, setConflict] = useState<ConfigView>();
  const items = typed ?? (valueAt(config.value, path) as Item[] | undefined) ?? [];

  async function save(on: ConfigView = base): Promise<void> {
    const answer = await saveChanges(on, [{ path, value: items }]);
    setRefusal(!answer.ok && 'refusal' in answer ? answer.refusal : undefined);
    setConflict(!answer.ok && 'conflict' in answer ? answer.conflict : undefined);
    if (!answer.ok) return;
    setTyped(undefined);
    onSaved(answer.config);
  }

  function type(next: Item[]): void {
    if (!typed) setBase(config);
    setTyped(next);
  }

  return {
    items,
    refusal,
    conflict,
    dirty: typed !== undefined,
    change: (index: number, part: Partial<Item>) =>
      type(items.map((item, at) => (at === index ? { ...item, ...part } : item))),
    add: (item: Item) => type([...items, item]),
    remove: (index: number) => type(items.filter((_, at) => at !== index)),
    undo() {
      setTyped(undefined);
      setRefusal(undefined);
      setConflict(undefined);
    },
    save,
    /** After a conflict. */
    overwrite: () => (conflict ? save(conflict) : Promise.resolve()),
    takeTheirs() {
      if (conflict) onSaved(conflict);
      setTyped(undefined);
      setConflict(undefined);
    },
  };
}

export type EditedList<Item> = ReturnType<typeof useList<Item>>;
