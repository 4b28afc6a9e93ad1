/* Export: comma-separated values by RFC 4180 that a spreadsheet opens with the right letters. */

// A spreadsheet takes a cell that begins so for a formula, and runs it: in full width as well, and
// after blanks. The same as `newsnlp export --excel` makes harmless.
const FORMULA = /^[ \n\u00a0\u200b\ufeff]*[=+\-@\t\r＝＋－＠]/;

function csvCell(value) {
  if (typeof value === "number") {
    return String(value);
  }
  const text = value ?? "";
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A table as text, with the mark by which spreadsheets know UTF-8. */
function csvText(header, rows) {
  const lines = [header, ...rows].map((row) => `${row.map(csvCell).join(",")}\r\n`);
  return `\ufeff${lines.join("")}`;
}

/** A file name that tells what is in it: «статьи_политика_2026-03.csv». */
function csvName(...parts) {
  const words = parts.filter(Boolean).map((part) => {
    const word = folded(part).replace(/[^\p{L}\p{N}-]+/gu, "-");
    return word.replace(/^-+|-+$/g, "").slice(0, 40);
  });
  return `${words.filter(Boolean).join("_")}.csv`;
}

function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const ARTICLE_COLUMNS = [
  "doc_id",
  "title",
  "day",
  "source",
  "author",
  "url",
  "topic",
  "topic_label",
  "status",
];

function articleCells(store, row) {
  const { articles, core } = store;
  const topic = core.topics[topicsOf(store, row)[0]];
  return [
    articles.id[row],
    articles.title[row],
    articles.day[row],
    outletOf(store, row),
    articles.author[row],
    articles.url[row],
    topic?.id,
    topic?.label,
    articles.status[row],
  ];
}

const ENTITY_COLUMNS = ["entity_id", "type", "name", "n_articles", "n_mentions"];

function entityCells(store, selection, entity) {
  const { id, type, name } = store.entities;
  return [
    id[entity],
    type[entity],
    name[entity],
    selection.entityArticles[entity],
    selection.entityMentions[entity],
  ];
}

const SENTENCE_COLUMNS = [
  "doc_id",
  "day",
  "source",
  "title",
  "url",
  "zone",
  "mention",
  "normal",
  "sentence",
];

function sentenceCells(store, row, { zone, sentence, mentions }) {
  const { articles } = store;
  const different = (part) => [...new Set(mentions.map((mention) => mention[part]))].join("; ");
  return [
    articles.id[row],
    articles.day[row],
    outletOf(store, row),
    articles.title[row],
    articles.url[row],
    zone,
    different(0),
    different(3),
    sentenceText(sentence).trim(),
  ];
}

const sentenceText = (sentence) =>
  sentence.map((part) => (typeof part === "string" ? part : part[0])).join("");

/**
 * Sentences of an article that mention an entity as its content.
 * @returns {{zone: string, sentence: any[], mentions: any[][]}[]}
 */
function sentencesNaming(text, entity) {
  return (text?.zones ?? []).flatMap(([zone, sentences]) =>
    sentences.flatMap((sentence) => {
      const mentions = sentence.filter(
        (part) => typeof part !== "string" && part[1] === entity && part[4] === "content",
      );
      return mentions.length ? [{ zone, sentence, mentions }] : [];
    }),
  );
}
