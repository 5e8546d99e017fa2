/**
 * Who declares each name of a program, as far as the gate must know it: names that nobody declares, names used
 * above their declaration, and loop variables that a closure holds on to.
 */
import type { Node, Program } from 'acorn';

/** Any node, with its children under the names that ESTree gives them. */
export type AnyNode = Node & Record<string, unknown>;

export interface NameUse {
  name: string;
  node: AnyNode;
}

interface Scope {
  /** Where each name is declared. */
  names: Map<string, number>;
  parent: Scope | undefined;
  /** The scope of the function around; itself if it is one. */
  home: Scope;
  isLoop: boolean;
}

export interface NameUses {
  free: NameUse[];
  early: NameUse[];
  captured: NameUse[];
}

export function childrenOf(node: AnyNode): AnyNode[] {
  const children = Object.values(node).flat() as (AnyNode | null | undefined)[];
  return children.filter((child): child is AnyNode => typeof child?.type === 'string');
}

function isFunction(node: AnyNode): boolean {
  return /Function/.test(node.type);
}

/** The names in a declaration's left side; patterns are refused elsewhere, but their names count here. */
function namesIn(pattern: AnyNode, found: NameUse[] = []): NameUse[] {
  if (pattern.type === 'Identifier') found.push({ name: String(pattern.name), node: pattern });
  else if (pattern.type === 'Property') namesIn(pattern.value as AnyNode, found);
  else if (pattern.type === 'AssignmentPattern') namesIn(pattern.left as AnyNode, found);
  else for (const child of childrenOf(pattern)) namesIn(child, found);
  return found;
}

/** Enters into `scope` what `node` and the statements inside declare, functions and blocks of their own left out. */
function declare(node: AnyNode, scope: Scope, block: boolean): void {
  if (node.type === 'VariableDeclaration') {
    const target = node.kind === 'var' ? scope.home : scope;
    if (node.kind === 'var' || !block) {
      for (const declarator of node.declarations as AnyNode[]) {
        for (const { name, node: at } of namesIn(declarator.id as AnyNode)) target.names.set(name, at.start);
      }
    }
  }
  if (node.type === 'FunctionDeclaration' && !block) {
    scope.names.set(String((node.id as AnyNode).name), node.start);
  }
  if (isFunction(node)) return;
  const inner = block || node.type === 'BlockStatement' || node.type.startsWith('For');
  for (const child of childrenOf(node)) declare(child, scope, inner);
}

function open(parent: Scope | undefined, node: AnyNode): Scope {
  const isLoop = node.type.startsWith('For');
  const scope: Scope = { names: new Map(), parent, home: undefined as never, isLoop };
  scope.home = isFunction(node) || !parent ? scope : parent.home;
  return scope;
}

/** Whether an identifier is a property or a key, not a variable. */
function isWord(node: AnyNode, parent: AnyNode | undefined): boolean {
  if (parent?.type === 'MemberExpression') return parent.property === node && !parent.computed;
  if (parent?.type === 'Property') return parent.key === node && parent.value !== node && !parent.computed;
  return parent?.type === 'LabeledStatement' || parent?.type === 'BreakStatement';
}

export function findNameUses(program: Program): NameUses {
  const uses: NameUses = { free: [], early: [], captured: [] };

  function use(node: AnyNode, from: Scope): void {
    const name = String(node.name);
    let scope: Scope | undefined = from;
    while (scope && !scope.names.has(name)) scope = scope.parent;
    if (!scope) uses.free.push({ name, node });
    else if (scope.home === from.home && node.start < scope.names.get(name)!) uses.early.push({ name, node });
    else if (scope.isLoop && scope.home !== from.home) uses.captured.push({ name, node });
  }

  function visit(node: AnyNode, outer: Scope | undefined, parent?: AnyNode): void {
    let scope = outer;
    if (node.type === 'Program' || isFunction(node) || node.type === 'BlockStatement') {
      scope = open(outer, node);
      for (const name of namesIn({ ...node, type: 'Params', body: null, id: null } as AnyNode)) {
        if (isFunction(node)) scope.names.set(name.name, name.node.start);
      }
      if (isFunction(node)) scope.names.set('arguments', node.start);
      if (node.type === 'FunctionExpression' && node.id)
        scope.names.set(String((node.id as AnyNode).name), node.start);
      const body = node.body as AnyNode | AnyNode[];
      for (const child of Array.isArray(body) ? body : [body]) if (child) declare(child, scope, false);
    } else if (node.type.startsWith('For')) {
      scope = open(outer, node);
      const head = (node.init ?? node.left) as AnyNode | null;
      if (head) declare(head, scope, false);
    } else if (node.type === 'CatchClause') {
      scope = open(outer, node);
      if (node.param)
        for (const { name, node: at } of namesIn(node.param as AnyNode)) scope.names.set(name, at.start);
    }
    if (node.type === 'Identifier' && !isWord(node, parent)) use(node, scope!);
    for (const child of childrenOf(node)) {
      if (!(isFunction(node) && child === node.id)) visit(child, scope, node);
    }
  }

  visit(program as unknown as AnyNode, undefined);
  return uses;
}
