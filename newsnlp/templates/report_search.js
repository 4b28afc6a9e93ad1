/* Search in texts: block after block is unpacked and read, between which the page goes on. */

// What is not the article's own: its words would find articles about something else.
const UNSEARCHED_ZONES = new Set(["related", "boilerplate", "embed", "notice"]);
const MOST_QUOTES = 3;
const LONGEST_QUOTE = 320;
const BEFORE_MATCH = 120;
const TOLD_EVERY = 150; // milliseconds

/** Source of a pattern that finds a folded word as it may be written: with ё, stressed, in capitals. */
function spellings(word) {
  return Array.from(word, (letter) => `${letter === "е" ? "[её]" : letter}\u0301?`).join("");
}

const NOT_IN_WORD = "(?<![\\p{L}\\p{N}\u0301])";

/** Patterns of words that begin so; without the flag "g" they can be tested again and again. */
function wordPatterns(words) {
  return words.map((word) => new RegExp(NOT_IN_WORD + spellings(word), "iu"));
}

/** Text in which words that begin so are marked to their end. */
function Marked({ text, words }) {
  const starts = words.map(spellings).join("|");
  const pattern = new RegExp(`(${NOT_IN_WORD}(?:${starts})[\\p{L}\\p{N}\u0301]*)`, "iu");
  // Of a pattern with one group, what it found has odd places.
  return text
    .normalize("NFC")
    .split(pattern)
    .map((part, place) => (place % 2 ? html`<mark>${part}</mark>` : part));
}

/** The article's own sentences; its title is searched for all articles alike. */
function searchedSentences(text) {
  return (text?.zones ?? [])
    .filter(([zone]) => zone !== "title" && !UNSEARCHED_ZONES.has(zone))
    .flatMap(([, sentences]) => sentences.map((line) => sentenceText(line).normalize("NFC")));
}

/**
 * The sentences to show for a search: as few as have all words between them, in their order.
 * @param {string[]} sentences
 * @param {RegExp[]} patterns
 */
function quotesOf(sentences, patterns) {
  const shown = new Set();
  let missing = patterns;
  while (missing.length && shown.size < MOST_QUOTES) {
    const counts = sentences.map(
      (sentence) => missing.filter((pattern) => pattern.test(sentence)).length,
    );
    const best = counts.indexOf(Math.max(0, ...counts));
    if (best < 0 || counts[best] === 0) {
      break;
    }
    shown.add(best);
    missing = missing.filter((pattern) => !pattern.test(sentences[best]));
  }
  const places = [...shown].sort((one, other) => one - other);
  return places.map((place) => aroundMatch(sentences[place].trim(), patterns));
}

/** A long sentence cut to what stands around the first of the words. */
function aroundMatch(sentence, patterns) {
  if (sentence.length <= LONGEST_QUOTE) {
    return sentence;
  }
  const places = patterns.map((pattern) => sentence.search(pattern)).filter((place) => place >= 0);
  const from = Math.max(0, Math.min(...places) - BEFORE_MATCH);
  const start = from && sentence.indexOf(" ", from) + 1;
  const part = sentence.slice(start, start + LONGEST_QUOTE).replace(/\s\S*$/, "");
  return `${start ? "… " : ""}${part}${start + part.length < sentence.length ? " …" : ""}`;
}

/** Rows one after another as lists, each of rows of one block. */
function byBlock(rows, chunk) {
  const groups = [];
  let last = null;
  for (const row of rows) {
    const block = Math.floor(row / chunk);
    if (block !== last) {
      groups.push([]);
      last = block;
    }
    groups.at(-1).push(row);
  }
  return groups;
}

/**
 * Articles whose title and sentences between them have all words.
 * @param {any} store
 * @param {ArrayLike<number>} rows in the order in which they are to be found
 * @param {string[]} words
 * @param {(progress: {found: object[], done: number}) => boolean} tell called now and then; the
 *     search ends where it returns false
 * @returns {Promise<?{found: {row: number, quotes: string[]}[], done: number, cut: ?string[]}>}
 */
async function searchTexts(store, rows, words, tell) {
  const cut = withoutEndings(words);
  const patterns = wordPatterns(words);
  const cutPatterns = cut.join() === words.join() ? null : wordPatterns(cut);
  const found = [];
  const near = [];
  const hasAll = (text, wanted) => wanted.every((pattern) => pattern.test(text));
  const look = (row, text) => {
    const sentences = searchedSentences(text);
    const whole = `${titleOf(store, row).normalize("NFC")}\n${sentences.join("\n")}`;
    if (hasAll(whole, patterns)) {
      found.push({ row, quotes: quotesOf(sentences, patterns) });
    } else if (!found.length && cutPatterns && hasAll(whole, cutPatterns)) {
      near.push({ row, quotes: quotesOf(sentences, cutPatterns) });
    }
  };
  const groups = byBlock(rows, store.core.chunk);
  let done = 0;
  let told = performance.now();
  for (const [at, group] of groups.entries()) {
    // The next block is unpacked while this one is read; what fails will fail again in its turn.
    if (at + 1 < groups.length) {
      store.textOf(groups[at + 1][0]).catch(() => undefined);
    }
    for (const row of group) {
      look(row, await store.textOf(row));
    }
    done += group.length;
    if (performance.now() - told >= TOLD_EVERY) {
      told = performance.now();
      if (!tell({ found: [...found], done })) {
        return null;
      }
    }
  }
  return found.length || !near.length ? { found, done, cut: null } : { found: near, done, cut };
}

// The last search that came to its end: who comes back to its list has it at once.
let lastSearch = {};

/**
 * What a search in texts has found so far.
 * @param {any} app
 * @param {ArrayLike<number>} rows of the selection, in their order
 * @param {?string[]} words null where nothing is searched
 * @returns {{found: object[], done: number, cut: ?string[], ended: boolean, error?: any}}
 */
function useTextSearch({ store, selection, route }, rows, words) {
  const [state, setState] = useState({});
  const key = words && `${words.join(" ")} ${route.params.get("sort")}`;
  const isOurs = (search) => search.selection === selection && search.key === key;
  useEffect(() => {
    if (!words || isOurs(lastSearch)) {
      return undefined;
    }
    let wanted = true;
    let latest = { selection, key, found: [], done: 0, cut: null, ended: false };
    const show = (changes) => {
      latest = { ...latest, ...changes };
      if (wanted) {
        setState(latest);
      }
      return wanted;
    };
    searchTexts(store, rows, words, show).then(
      (result) => {
        if (result && show({ ...result, ended: true })) {
          lastSearch = latest;
        }
      },
      (error) => show({ ended: true, error }),
    );
    return () => {
      wanted = false;
    };
  }, [selection, key]);
  return [lastSearch, state].find(isOurs) ?? { found: [], done: 0, cut: null, ended: false };
}

/** How many are found; while texts are searched, how far it is: aloud at each quarter, and as a bar. */
function Found({ count, search, nRows }) {
  const searching = search && !search.ended;
  const done = search?.done ?? 0;
  const said = search?.error
    ? `Поиск прерван: просмотрено ${countedOf(done, nRows)}, найдено ${wholeNumber.format(count)}`
    : `Найдено: ${counted(count, "article")}`;
  const quarters = Math.floor((4 * done) / Math.max(nRows, 1)) * 25;
  const progress = quarters
    ? `Ищу в текстах: просмотрено больше ${quarters}\u00a0%`
    : "Ищу в текстах…";
  return html`
    <div class="searching">
      <p class="found" role="status">${searching ? progress : said}</p>
      ${searching && html`<progress aria-label="Просмотрено статей" max=${Math.max(nRows, 1)} value=${done} />`}
    </div>
  `;
}

/** Of the articles searched: of how many the file has no whole text. */
function SearchedTexts({ core, rows }) {
  const n = (from, to) => rows.filter((row) => row >= from && row < to).length;
  const whole = core.n_full + core.n_sentences;
  const nSentences = n(core.n_full, whole);
  const nBare = n(whole, Infinity);
  const sentences = core.first_only
    ? "первые предложения о тех, кто назван в нескольких статьях"
    : "предложения с именами";
  const notes = [
    nSentences > 0 &&
      `У\u00a0${countedOf(nSentences, rows.length)} в файле только ${sentences}: слова ищутся в них и в заголовке.`,
    nBare > 0 &&
      `У\u00a0${countedOf(nBare, rows.length)} текста в файле нет: слова ищутся в заголовке.`,
    "Служебный текст, вставки и ссылки на другие новости не просматриваются.",
  ];
  return html`<p class="quiet">${notes.filter(Boolean).join(" ")}</p>`;
}
