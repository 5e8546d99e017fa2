/**
 * The last look at the built firmware: refuses what compiles, but fails or goes wrong on Espruino.
 * The list is from Espruino's README ("Features"), `src/jsparse.c`, and trials on the interpreter.
 */
import { type Node, parse } from 'acorn';
import { full } from 'acorn-walk';
import { type AnyNode, childrenOf, findNameUses } from './scope.ts';

/** What a program may use without declaring it: Espruino's globals, as far as they are of use to a lamp. */
const globals = new Set(
  (
    'Object Array String Number Boolean Function Math JSON Date Error TypeError SyntaxError ReferenceError ' +
    'ArrayBuffer DataView Uint8Array Uint8ClampedArray Int8Array Uint16Array Int16Array Uint32Array Int32Array ' +
    'Float32Array Float64Array undefined NaN Infinity parseInt parseFloat isNaN isFinite encodeURIComponent ' +
    'decodeURIComponent btoa atob eval global globalThis console print require getTime setTimeout setInterval ' +
    'changeInterval clearTimeout clearInterval E process Pin NRF ' +
    'analogWrite pinMode setWatch'
  ).split(' '),
);

const missingStatics = new Set(
  (
    'Array.from Array.of Object.freeze Object.seal Object.is Object.hasOwn Number.isInteger Number.isFinite ' +
    'Number.isNaN Math.trunc Math.hypot Math.log2 Math.log10 Math.clz32 Math.imul Uint8Array.from ' +
    'Array.prototype String.prototype Function.prototype Object.prototype'
  ).split(' '),
);

const missingMethods = new Set(
  'flat flatMap reduceRight findLast findLastIndex at codePointAt trimStart trimEnd localeCompare matchAll'.split(
    ' ',
  ),
);

/** By node type: what is wrong with a node, if anything. */
const rules: Record<string, (node: AnyNode) => string | false | undefined | null> = {
  ArrowFunctionExpression: functionFault,
  FunctionDeclaration: functionFault,
  FunctionExpression: functionFault,
  AwaitExpression: () => 'await',
  YieldExpression: () => 'a generator',
  LabeledStatement: () => 'a label',
  ClassDeclaration: (node) => (node.superClass ? 'extends' : false),
  ClassExpression: (node) => (node.superClass ? 'extends' : false),
  SpreadElement: () => 'spread',
  RestElement: () => 'a rest parameter',
  AssignmentPattern: () => 'a default value',
  ObjectPattern: () => 'destructuring',
  ArrayPattern: () => 'destructuring',
  ChainExpression: () => 'optional chaining',
  MetaProperty: () => 'new.target',
  ImportExpression: () => 'a dynamic import',
  TaggedTemplateExpression: () => 'a tagged template',
  TemplateLiteral: templateFault,
  BinaryExpression: (node) => node.operator === '**' && 'the operator **',
  AssignmentExpression(node) {
    if (/^(\*\*|&&|\|\||\?\?)=$/.test(String(node.operator))) return `the operator ${node.operator}`;
    const left = node.left as AnyNode;
    return (
      left.type === 'MemberExpression' && nameOf(left.property) === 'length' && 'an assignment to length'
    );
  },
  Property: (node) => (node.computed ? 'a computed key' : false),
  SwitchStatement(node) {
    const cases = node.cases as AnyNode[];
    return cases.slice(0, -1).some((part) => !part.test) && 'a case after default';
  },
  MemberExpression(node) {
    const text = `${nameOf(node.object)}.${nameOf(node.property)}`;
    return !node.computed && missingStatics.has(text) && text;
  },
  CallExpression(node) {
    const callee = node.callee as AnyNode;
    const method = callee.type === 'MemberExpression' && !callee.computed ? nameOf(callee.property) : '';
    return missingMethods.has(method) && `the method ${method}`;
  },
  Literal(node) {
    if (node.bigint) return 'a BigInt';
    const regex = node.regex as { pattern: string } | undefined;
    return regex && /[?{]|\\b|\)[*+]/.test(regex.pattern) && `the regular expression /${regex.pattern}/`;
  },
};

function nameOf(node: unknown): string {
  return String((node as AnyNode).name ?? '');
}

function functionFault(node: AnyNode): string | false {
  return node.async ? 'an async function' : node.generator ? 'a generator' : false;
}

function templateFault(node: AnyNode): string | false {
  const quasis = node.quasis as { value: { raw: string } }[];
  if (quasis.some((quasi) => quasi.value.raw.includes('`'))) return 'a backtick in a template';
  const hasBrace = (part: AnyNode): boolean =>
    (part.type === 'Literal' && String(part.value).includes('}')) || childrenOf(part).some(hasBrace);
  return (node.expressions as AnyNode[]).some(hasBrace) && 'a } in a string in a template';
}

/**
 * Checks the text of a built firmware.
 * @param locate names the source of a place in it: line from 1, column from 0
 * @throws Error listing every construct that Espruino cannot run, each with its place
 */
export function checkEspruino(code: string, locate: (line: number, column: number) => string): void {
  const faults: string[] = [];
  const report = (what: string, node: Node) => {
    const { line, column } = node.loc!.start;
    faults.push(`${locate(line, column)}: ${what}`);
  };
  code.split('\n').forEach((text, index) => {
    const column = text.search(/[^ -~]/);
    if (column >= 0) faults.push(`${locate(index + 1, column)}: a character that is not plain ASCII`);
  });
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'script', locations: true });
  full(program, (node) => {
    const fault = rules[node.type]?.(node as AnyNode);
    if (fault) report(fault, node);
  });
  const names = findNameUses(program);
  for (const { name, node } of names.free)
    if (!globals.has(name)) report(`${name}, which Espruino lacks`, node);
  for (const { name, node } of names.early) report(`${name} used above its declaration`, node);
  for (const { name, node } of names.captured) report(`loop variable ${name} kept by a closure`, node);
  if (faults.length > 0) throw new Error(`Espruino cannot run this firmware:\n${faults.join('\n')}`);
}
