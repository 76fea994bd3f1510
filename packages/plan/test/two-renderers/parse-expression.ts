/** The part of Terraform's expressions that rendered modules use. */
export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "template"; readonly parts: readonly Expression[] }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | { readonly kind: "index"; readonly of: Expression; readonly key: Expression }
  /** `of[*]`, and the attributes that follow for each element. */
  | { readonly kind: "splat"; readonly of: Expression; readonly names: readonly string[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[]; readonly isSpread: boolean }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [key: Expression, value: Expression])[] }
  | {
      readonly kind: "for";
      readonly names: readonly string[];
      readonly over: Expression;
      /** Of an object. */
      readonly key: Expression | undefined;
      readonly value: Expression;
      readonly condition: Expression | undefined;
    }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "choice"; readonly condition: Expression; readonly yes: Expression; readonly no: Expression };

/** Weakest first. */
const OPERATORS = [["||"], ["&&"], ["==", "!="], ["<=", ">=", "<", ">"], ["+", "-"], ["*", "/", "%"]];
const LITERALS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** @throws {Error} for text that is no expression of this part. */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text);
  const expression = parser.expression();
  parser.end();
  return expression;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    if (this.#peek() !== "") throw this.#unexpected();
  }

  expression(): Expression {
    const condition = this.#binary(0);
    if (!this.#take("?")) return condition;
    const yes = this.expression();
    this.#need(":");
    return { kind: "choice", condition, yes, no: this.expression() };
  }

  #binary(level: number): Expression {
    const operators = OPERATORS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      // `=>` ends the key of an object.
      const operator = this.#startsWith("=>") ? undefined : operators.find((one) => this.#take(one));
      if (operator === undefined) return left;
      left = { kind: "binary", operator, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): Expression {
    if (this.#take("!")) return { kind: "not", of: this.#unary() };
    if (this.#take("-")) return { kind: "binary", operator: "-", left: literal(0), right: this.#unary() };
    return this.#postfix(this.#primary());
  }

  #postfix(of: Expression): Expression {
    if (this.#take("[*]")) {
      const names: string[] = [];
      while (!this.#startsWith("...") && this.#take(".")) names.push(this.#word());
      return this.#postfix({ kind: "splat", of, names });
    }
    if (!this.#startsWith("...") && this.#take("."))
      return this.#postfix({ kind: "attribute", of, name: this.#word() });
    if (this.#text[this.#at] === "[") {
      this.#need("[");
      const key = this.expression();
      this.#need("]");
      return this.#postfix({ kind: "index", of, key });
    }
    return of;
  }

  #primary(): Expression {
    const next = this.#peek();
    if (next === '"') return this.#template();
    if (next === "[") return this.#list();
    if (next === "{") return this.#object();
    if (this.#take("(")) {
      const inner = this.expression();
      this.#need(")");
      return inner;
    }
    const number = this.#match(/\d+(\.\d+)?/y);
    if (number !== undefined) return literal(Number(number));
    const word = this.#word();
    if (Object.hasOwn(LITERALS, word)) return literal(LITERALS[word] as boolean | null);
    return this.#text[this.#at] === "(" ? this.#call(word) : { kind: "name", name: word };
  }

  #call(name: string): Expression {
    this.#need("(");
    const args: Expression[] = [];
    let isSpread = false;
    while (!this.#take(")")) {
      args.push(this.expression());
      isSpread = this.#take("...");
      this.#take(",");
    }
    return { kind: "call", name, args, isSpread };
  }

  #list(): Expression {
    this.#need("[");
    if (this.#takeWord("for")) return this.#for("]");
    const items: Expression[] = [];
    while (!this.#take("]")) {
      items.push(this.expression());
      this.#take(",");
    }
    return { kind: "list", items };
  }

  #object(): Expression {
    this.#need("{");
    if (this.#takeWord("for")) return this.#for("}");
    const entries: [Expression, Expression][] = [];
    while (!this.#take("}")) {
      const key = this.#key();
      if (!this.#take("=")) this.#need(":");
      entries.push([key, this.expression()]);
      this.#take(",");
    }
    return { kind: "object", entries };
  }

  /** A word is its own name; in parentheses an expression gives the name. */
  #key(): Expression {
    const next = this.#peek();
    return next === '"' || next === "(" ? this.#primary() : literal(this.#match(/[\w-]+/y) ?? "");
  }

  #for(close: "]" | "}"): Expression {
    const names = [this.#word()];
    if (this.#take(",")) names.push(this.#word());
    if (!this.#takeWord("in")) throw this.#unexpected();
    const over = this.expression();
    this.#need(":");
    const first = this.expression();
    const isPair = close === "}";
    if (isPair) this.#need("=>");
    const value = isPair ? this.expression() : first;
    const condition = this.#takeWord("if") ? this.expression() : undefined;
    this.#need(close);
    return { kind: "for", names, over, key: isPair ? first : undefined, value, condition };
  }

  #template(): Expression {
    this.#need('"');
    const parts: Expression[] = [];
    let text = "";
    for (;;) {
      const character = this.#text[this.#at++];
      if (character === undefined) throw this.#unexpected();
      if (character === '"') break;
      if (character === "\\") {
        const escaped = this.#text[this.#at++] ?? "";
        text += ESCAPES[escaped] ?? escaped;
      } else if (character === "$" && this.#text.startsWith("${", this.#at)) {
        text += "$";
        this.#at += 1;
        text += "{";
      } else if (character === "$" && this.#text[this.#at] === "{") {
        this.#at += 1;
        parts.push(literal(text), this.expression());
        text = "";
        this.#need("}");
      } else text += character;
    }
    return { kind: "template", parts: [...parts, literal(text)] };
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }

  #peek(): string {
    this.#skipSpace();
    return this.#text[this.#at] ?? "";
  }

  #startsWith(token: string): boolean {
    this.#skipSpace();
    return this.#text.startsWith(token, this.#at);
  }

  #take(token: string): boolean {
    if (!this.#startsWith(token)) return false;
    this.#at += token.length;
    return true;
  }

  #takeWord(word: string): boolean {
    this.#skipSpace();
    return this.#match(new RegExp(`${word}\\b`, "y")) !== undefined;
  }

  #need(token: string): void {
    if (!this.#take(token)) throw this.#unexpected();
  }

  #word(): string {
    this.#skipSpace();
    const word = this.#match(/[A-Za-z_][\w-]*/y);
    if (word === undefined) throw this.#unexpected();
    return word;
  }

  #match(pattern: RegExp): string | undefined {
    this.#skipSpace();
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    this.#at += found?.length ?? 0;
    return found;
  }

  #unexpected(): Error {
    return new Error(`at ${JSON.stringify(this.#text.slice(this.#at, this.#at + 40))} of ${this.#text}`);
  }
}

function literal(value: string | number | boolean | null): Expression {
  return { kind: "literal", value };
}
