"use strict";

/* Words, numbers and dates as Russian readers write them, and the keys that a search compares. */

const wholeNumber = new Intl.NumberFormat("ru");
const oneDecimal = new Intl.NumberFormat("ru", { maximumFractionDigits: 1 });
const pluralRules = new Intl.PluralRules("ru");
const collator = new Intl.Collator("ru");

/** A noun after 1, after 2 and after 5. */
const NOUNS = {
  article: ["статья", "статьи", "статей"],
  articleOf: ["статьи", "статей", "статей"], // after «из»
  entity: ["имя", "имени", "имён"],
  mention: ["упоминание", "упоминания", "упоминаний"],
  outlet: ["издание", "издания", "изданий"],
  character: ["знак", "знака", "знаков"],
  topic: ["тема", "темы", "тем"],
};

const TYPES = ["PER", "ORG", "LOC"];
const TYPE_LABELS = {
  PER: { one: "человек", many: "Люди", short: "чел." },
  ORG: { one: "организация", many: "Организации", short: "орг." },
  LOC: { one: "место", many: "Места", short: "место" },
};

const ZONE_LABELS = {
  rubric: "Рубрика",
  title: "Заголовок",
  lead: "Лид",
  body: "Текст",
  dateline: "Место и агентство",
  byline: "Автор",
  date: "Дата",
  caption: "Подпись к снимку",
  tags: "Теги",
  embed: "Вставка",
  notice: "Юридическая пометка",
  related: "Другие новости",
  boilerplate: "Служебный текст",
};

const STATUS_LABELS = {
  empty: "Текста в статье нет.",
  not_russian: "Статья не на русском языке и не размечена.",
  too_long: "Статья слишком длинная и не размечена.",
  failed: "Статью не удалось разметить.",
};

const UNITS = {
  day: { label: "по дням", noun: "День", pick: "этот день" },
  week: {
    label: "по неделям",
    noun: "Неделя",
    pick: "эту неделю",
    partial: ["неполная неделя", "неполные недели"],
  },
  month: {
    label: "по месяцам",
    noun: "Месяц",
    pick: "этот месяц",
    partial: ["неполный месяц", "неполные месяцы"],
  },
  year: {
    label: "по годам",
    noun: "Год",
    pick: "этот год",
    partial: ["неполный год", "неполные годы"],
  },
};

/**
 * The form of a noun that goes with a number.
 * @param {number} n
 * @param {keyof typeof NOUNS} noun
 */
function plural(n, noun) {
  const form = { one: 0, few: 1 }[pluralRules.select(n)] ?? 2;
  return NOUNS[noun][form];
}

/** «2 статьи» */
function counted(n, noun) {
  return `${wholeNumber.format(n)}\u00a0${plural(n, noun)}`;
}

/** «1 из 5 статей» */
function countedOf(n, all) {
  return `${wholeNumber.format(n)} из ${counted(all, "articleOf")}`;
}

const MS_A_DAY = 86_400_000;
const dateFormat = (options) => new Intl.DateTimeFormat("ru", { timeZone: "UTC", ...options });
const longDay = dateFormat({ day: "numeric", month: "long", year: "numeric" });
const shortDay = dateFormat({ day: "numeric", month: "short", year: "numeric" });
const dayOfMonth = dateFormat({ day: "numeric", month: "short" });
const longMonth = dateFormat({ month: "long", year: "numeric" });
const shortMonth = dateFormat({ month: "short", year: "numeric" });
const dateOf = (day) => new Date(day * MS_A_DAY);
// `Date.UTC` takes the years 1 to 99, which broken dates have, for those after 1900.
const firstDayOf = (year, month = 0) => new Date(0).setUTCFullYear(year, month, 1) / MS_A_DAY;

const isoDay = (day) => dateOf(day).toISOString().slice(0, 10);
const isMonth = (period) => period.length === "2026-03".length;

/** First and last day of «2026-03» or «2026-03-01», as numbers. */
function periodDays(period) {
  const [year, month, day] = period.split("-").map(Number);
  const first = firstDayOf(year, month - 1);
  return day ? [first + day - 1, first + day - 1] : [first, firstDayOf(year, month) - 1];
}

/** «1 марта 2026 г.» of «2026-03-01»; what is no date stays as it is. */
function dayText(iso) {
  const time = Date.parse(`${iso}T00:00:00Z`);
  return Number.isNaN(time) ? iso : longDay.format(time);
}

/** «март 2026 г.» of «2026-03». */
function monthText(month) {
  return longMonth.format(Date.parse(`${month}-01T00:00:00Z`));
}

/** «март 2026 г.» of «2026-03», «1 марта 2026 г.» of «2026-03-01». */
function periodText(period) {
  return isMonth(period) ? monthText(period) : dayText(period);
}

/** Lower case, without stress marks, ё as е: two spellings of a word have one key. */
function folded(text) {
  return text.normalize("NFC").replaceAll("\u0301", "").toLowerCase().replaceAll("ё", "е");
}

/** Words of a query or a name, folded: «Касым-Жомарт» is two. */
function wordsOf(text) {
  return folded(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** A name as a search reads it: each word after a blank, so that a word's start can be found. */
function searchKey(text) {
  return ` ${wordsOf(text).join(" ")}`;
}

/** Whether each word begins a word of the key, in any order. */
function hasWords(key, words) {
  return words.every((word) => key.includes(` ${word}`));
}

/** Words without a case ending: what is tried when nothing was found for «Токаева». */
function withoutEndings(words) {
  return words.map((word) => word.slice(0, Math.max(4, word.length - 2)));
}
