/** Links that open one thing for one reader, and tokens for scripts: made, listed, taken back. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { LinkView, TokenView } from '../../../../protocol/api.ts';
import { ask, type Refusal } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { CopyText } from '../ui/copy-text.tsx';
import { ChoiceField, faultAt, TextField } from '../ui/field.tsx';
import { SureButton } from '../ui/sure-button.tsx';
import { clockTime, refusalWords } from '../ui/words.ts';
import type { PartProps } from './settings.tsx';

export function LinkSettings({ view, now }: PartProps) {
  const [links, setLinks] = useState<LinkView[]>([]);
  const [tokens, setTokens] = useState<TokenView[]>([]);
  const [refusal, setRefusal] = useState<Refusal>();
  const [person, setPerson] = useState('');
  const [board, setBoard] = useState('');
  const read = useCallback(async () => {
    const [all, scripts] = await Promise.all([
      ask<LinkView[]>('/api/links'),
      ask<TokenView[]>('/api/tokens'),
    ]);
    if (all.ok) setLinks(all.value);
    if (scripts.ok) setTokens(scripts.value);
    setRefusal([all, scripts].find((answer) => !answer.ok) as Refusal | undefined);
  }, []);
  useEffect(() => void read(), [read]);

  async function revoke(path: string): Promise<void> {
    const answer = await ask(path, { method: 'DELETE' });
    if (!answer.ok) return setRefusal(answer);
    await read();
  }

  const people = [...view.people.values()];
  const chosen = person || people[0]?.id || '';
  const used = (at: string | null) => (at ? t.links.used(clockTime(at, now)) : t.links.unused);
  return (
    <>
      <p class="wrong" role="alert">
        {refusal && refusalWords(refusal)}
      </p>
      <ul class="list">
        {links.map((link) => (
          <li key={link.id} class="row">
            <span class="who">
              {t.links.kinds[link.kind]}: {link.name}
            </span>
            <SureButton
              text={t.links.revoke}
              question={t.links.sureToRevoke}
              onSure={() => void revoke(`/api/links/${link.id}`)}
            />
            <span class="detail">{used(link.usedAt)}</span>
          </li>
        ))}
      </ul>
      <h3>{t.links.forPerson}</h3>
      <p class="detail">{t.links.forPersonHint}</p>
      {people.length > 0 && (
        <>
          <ChoiceField
            label={t.fields['person']!}
            value={chosen}
            onValue={setPerson}
            options={people.map(({ id, name }) => [id, name])}
          />
          <NewLink body={{ kind: 'person', person: chosen }} text={t.links.make} onMade={read} />
        </>
      )}
      <h3>{t.links.forBoard}</h3>
      <p class="detail">{t.links.forBoardHint}</p>
      <TextField label={t.links.boardName} value={board} onValue={setBoard} />
      <NewLink body={{ kind: 'board', name: board || t.title }} text={t.links.make} onMade={read} />
      <Tokens tokens={tokens} used={used} onRevoke={(id) => void revoke(`/api/tokens/${id}`)} onMade={read} />
    </>
  );
}

interface NewLinkProps {
  body: object;
  text: string;
  onMade?: () => unknown;
}

/** Mints a link and shows it once, to be copied. */
export function NewLink({ body, text, onMade }: NewLinkProps) {
  const [path, setPath] = useState('');
  const [refusal, setRefusal] = useState<Refusal>();
  const key = JSON.stringify(body);
  // A link belongs to what it was made for
  useEffect(() => setPath(''), [key]);
  async function make(): Promise<void> {
    const answer = await ask<{ path: string }>('/api/links', { body });
    setRefusal(answer.ok ? undefined : answer);
    if (!answer.ok) return;
    setPath(answer.value.path);
    await onMade?.();
  }
  return (
    <div class="minted">
      <button type="button" onClick={() => void make()}>
        {text}
      </button>
      {path && <CopyText label={t.links.once} text={`${location.origin}${path}`} />}
      <p class="wrong" role="alert">
        {refusal && refusalWords(refusal)}
      </p>
    </div>
  );
}

interface TokensProps {
  tokens: readonly TokenView[];
  used: (at: string | null) => string;
  onRevoke: (id: string) => void;
  onMade: () => unknown;
}

function Tokens({ tokens, used, onRevoke, onMade }: TokensProps) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<string>('read');
  const [token, setToken] = useState('');
  const [refusal, setRefusal] = useState<Refusal>();
  async function make(): Promise<void> {
    const answer = await ask<{ token: string }>('/api/tokens', { body: { name, scope } });
    setRefusal(answer.ok ? undefined : answer);
    if (!answer.ok) return;
    setToken(answer.value.token);
    await onMade();
  }
  return (
    <>
      <h3>{t.links.tokens}</h3>
      <p class="detail">{t.links.tokensHint}</p>
      <ul class="list">
        {tokens.map((one) => (
          <li key={one.id} class="row">
            <span class="who">
              {one.name} <span class="detail">{t.options[one.scope] ?? one.scope}</span>
            </span>
            <SureButton
              text={t.links.revoke}
              question={t.links.sureToRevoke}
              onSure={() => onRevoke(one.id)}
            />
            <span class="detail">{used(one.usedAt)}</span>
          </li>
        ))}
      </ul>
      <TextField
        label={t.fields['name']!}
        value={name}
        onValue={setName}
        error={refusal && (faultAt(refusal.fields, 'name') ?? refusalWords(refusal))}
      />
      <ChoiceField
        label={t.links.scope}
        value={scope}
        onValue={setScope}
        options={['read', 'control', 'admin'].map((one) => [one, t.options[one] ?? one])}
      />
      <div class="minted">
        <button type="button" onClick={() => void make()}>
          {t.links.makeToken}
        </button>
        {token && <CopyText label={t.links.once} text={token} />}
      </div>
    </>
  );
}
