/** The client's part of a failed run: which operator refused its values, and why. */
export interface RefusedValues {
  readonly operator: string;
  /** Without the runtime's source files, functions and addresses, and without names of the graph. Empty where the runtime has no text. */
  readonly reason: string;
  /** The node's name in the graph; often empty. It is not shown to clients: exporters write paths into it. */
  readonly node: string;
}

/** The text of every error of a kernel (onnxruntime core/framework/sequential_executor.cc). */
const NODE = /Non-zero status code returned while running (\S+) node\. Name:'(.*?)' Status Message: (.*)$/s;
/** A failing operator inside If, Loop and Scan is quoted by the operator that contains it: the last one is the cause. */
const NODE_START = "Non-zero status code returned while running ";
/** The runtime's own check of an input against the shape in the graph (core/session/inference_session.cc). */
const INPUT = /^(Invalid rank|Got invalid dimensions) for input: (.*)$/s;

/** Reasons that do not depend on the values: memory, missing code, devices, the operating system, and faults inside the runtime. */
const SERVER_FAULTS: readonly RegExp[] = [
  /\balloc|bad[_ ]alloc|out of memory|(not enough|insufficient|available|exhausted) memory|memory (limit|exhausted)/i,
  /not[_ ](yet )?implemented|not (yet |currently )?supported|unsupported|\bkernel (was )?not found|find (a |the )?kernel/i,
  /\b(cuda|cudnn|cublas\w*|gpu|hip|rocm|miopen|tensorrt|directml|dml|coreml|openvino|qnn|webgpu|xnnpack|nnapi|device)\b/i,
  /no such file|permission denied|too many open files|no space left|input\/output error|resource temporarily|pthread|errno/i,
  /(open|read|load|map|seek|find)\w*( of| the| from)? (external )?(file|library|shared object)|\bmmap\b/i,
  /terminate flag|timed out|unknown (exception|error)|\bstd::|\b(vector|basic_string|map|deque|array)::|bad (optional|variant|function|weak_ptr|cast)/i,
];

/** C++ names of the functions that read a number from a text: the whole message of a Cast that fails. */
const NOT_A_NUMBER = /^(std::invalid_argument: |std::out_of_range: )?sto(d|f|i|l|ll|ld|ul|ull)\b/;
/** Characters that are read, and that a client gets: a kernel may quote whole tensors. */
const READ = 1000;
const LONGEST = 300;

/**
 * The operator that refused the values of a run, from the runtime's message; `undefined` where the values are not the
 * cause. The runtime's addon passes on texts only, without error codes.
 */
export function refusedValues(message: string): RefusedValues | undefined {
  const input = INPUT.exec(message.slice(0, READ).trim());
  if (input !== null) return { operator: "input", node: "", reason: clean(`${input[1]}: ${firstLines(input[2]!)}`) };
  const start = message.lastIndexOf(NODE_START);
  const [, operator, node, status] = (start < 0 ? null : NODE.exec(message.slice(start))) ?? [];
  if (operator === undefined || node === undefined || status === undefined) return undefined;
  const text = status.slice(0, READ).trim();
  if (NOT_A_NUMBER.test(text)) return { operator, node, reason: "a text is not a number that the type can contain" };
  const reason = withoutOrigin(text.split(/\nStacktrace:/i)[0]!);
  if (isAllocation(text) || SERVER_FAULTS.some((fault) => fault.test(reason))) return undefined;
  return { operator, node, reason: clean(reason) };
}

/** The memory of the runtime fails in a file of its own, whatever the text says. */
function isAllocation(text: string): boolean {
  return /\b(bfc_arena|allocator|arena)\w*\.(cc|h)\b/i.test(text);
}

/** `input: NAME` is followed by lines with the index, the size and the expected size. */
function firstLines(text: string): string {
  return text.split(/Please fix/)[0]!;
}

const STATUS = /^\[ONNXRuntimeError\] : \d+ : \w+ : /;
const SOURCE = /^(?:[A-Za-z]:)?[^\s:]+\.(?:h|hpp|hh|cc|cpp|cxx|c|cu|cuh|inc|inl|mm):\d+ /;
const ENFORCED = " was false. ";

/** Without source file, line, function and checked condition, which the macros of the runtime write before their text. */
function withoutOrigin(text: string): string {
  let rest = text;
  for (;;) {
    const status = STATUS.exec(rest)?.[0].length ?? 0;
    rest = rest.slice(status);
    const source = SOURCE.exec(rest)?.[0].length ?? 0;
    if (source > 0) rest = withoutFunction(rest.slice(source));
    else if (status === 0) break;
  }
  const enforced = rest.indexOf(ENFORCED);
  return enforced < 0 ? rest : rest.slice(enforced + ENFORCED.length);
}

/** A signature as GCC and Clang write it, else one word: the name of the function alone. */
function withoutFunction(text: string): string {
  const end = endOfSignature(text);
  return end > 0 ? text.slice(end).trimStart() : text.replace(/^\S+ ?/, "");
}

const OPENS = "(<[";
const CLOSES = ")>]";

/** Behind the closing parenthesis of the parameters, `const`, and `[with T = ...]`; 0 where the text is not a signature. */
function endOfSignature(text: string): number {
  if (!/^[\w:<>,~*& =[\]]*::[\w~<>:()=+*&-]+\(/.test(text)) return 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (OPENS.includes(char)) depth++;
    else if (CLOSES.includes(char) && text[at - 1] !== "-") depth--;
    if (depth !== 0 || (char !== ")" && char !== "]")) continue;
    const rest = text.slice(at + 1);
    const more = /^( const)?( noexcept)?(?= \[with |\s|$)/.exec(rest);
    if (more === null || /^ \[with /.test(rest.slice(more[0].length))) continue;
    return at + 1 + more[0].length;
  }
  return 0;
}

/** Paths, addresses and C++ names that a kernel, perhaps of the model's own library, wrote into its text. */
const PRIVATE: readonly RegExp[] = [
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s'"]+/gi,
  /(?:\b[A-Za-z]:|~|\.{1,2})?(?:[\\/][^\s\\/'"`<>|:,;()]+){2,}[\\/]?(?::\d+)*/g,
  /(?:\b[A-Za-z]:)[\\/][^\s'"]+/g,
  /\b0x[0-9a-f]+\b/gi,
  /\b[\w.-]+\.(?:h|hpp|cc|cpp|cu|so|dll|dylib|onnx|ort|py)(?:\.\d+)*(?::\d+)?\b/gi,
  /\b(?:\w+::)+[\w~]+(?:\([^)]*\))?/g,
];

function clean(text: string): string {
  const hidden = PRIVATE.reduce((rest, pattern) => rest.replace(pattern, "..."), text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters have no place in a message
  const line = hidden.replace(/[\u0000-\u001f\u007f\s]+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line;
}
