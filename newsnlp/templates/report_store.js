/* The data of the page: blocks are unpacked when they are needed, columns become typed arrays. */

const NO_DAY = -(2 ** 31);
const NO_VALUE = -1; // of articles without a topic or an outlet
const KEPT_BLOCKS = 6;

/** Bytes of a Base64 text; `atob` where the browser does not know `Uint8Array.fromBase64` yet. */
function bytesOf(text) {
  if (Uint8Array.fromBase64) {
    return Uint8Array.fromBase64(text);
  }
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function documentParsed() {
  return new Promise((resolve) => {
    document.addEventListener("DOMContentLoaded", resolve, { once: true });
  });
}

/**
 * The JSON of a block of the page.
 * @param {string} id
 * @returns {Promise<any>}
 */
async function readBlock(id) {
  let element = document.getElementById(id);
  // Browsers show the page before its last megabytes are parsed; a block may also be cut off
  // until then, so that only one with an element after it is known to be whole.
  if (document.readyState === "loading" && !element?.nextElementSibling) {
    await documentParsed();
    element = document.getElementById(id);
  }
  if (element?.type !== "application/octet-stream") {
    throw new Error(`the page has no block ${id}`);
  }
  const packed = new Blob([bytesOf(element.textContent)]).stream();
  return new Response(packed.pipeThrough(new DecompressionStream("gzip"))).json();
}

/**
 * Reads texts of articles, keeping only the last few blocks.
 * @param {any} core the block "core"
 * @returns {(article: number) => Promise<any>} null where there was no room for them; it fails where
 *     they are not there for another reason, such as a file that was not saved to its end
 */
function textReader({ chunk, n_full, n_sentences }) {
  const kept = new Map();
  return async (article) => {
    if (article >= n_full + n_sentences) {
      return null;
    }
    const id = `texts-${Math.floor(article / chunk)}`;
    const block = kept.get(id) ?? readBlock(id);
    kept.delete(id);
    kept.set(id, block);
    if (kept.size > KEPT_BLOCKS) {
      kept.delete(kept.keys().next().value);
    }
    return (await block)[article % chunk];
  };
}

/** Lists of numbers as two arrays: those of row i are values[starts[i]] … values[starts[i + 1]]. */
function joined(lists, step, part) {
  const starts = new Int32Array(lists.length + 1);
  lists.forEach((list, row) => {
    starts[row + 1] = starts[row] + list.length / step;
  });
  const values = new Int32Array(starts[lists.length]);
  lists.forEach((list, row) => {
    for (let i = part, to = starts[row]; i < list.length; i += step) {
      values[to++] = list[i];
    }
  });
  return { starts, values };
}

/** The other way round: of each entity the articles, in their order. */
function inverted({ starts, values }, counts, nEntities) {
  const to = new Int32Array(nEntities + 1);
  values.forEach((entity) => to[entity + 1]++);
  for (let entity = 0; entity < nEntities; entity++) {
    to[entity + 1] += to[entity];
  }
  const articles = new Int32Array(values.length);
  const mentions = new Int32Array(values.length);
  const next = to.slice();
  for (let row = 0; row + 1 < starts.length; row++) {
    for (let i = starts[row]; i < starts[row + 1]; i++) {
      const at = next[values[i]]++;
      articles[at] = row;
      mentions[at] = counts[i];
    }
  }
  return { starts: to, articles, mentions };
}

function dayNumbers(days) {
  return Int32Array.from(days, (day) => {
    const number = Date.parse(`${day}T00:00:00Z`) / MS_A_DAY;
    return Number.isNaN(number) ? NO_DAY : number;
  });
}

/** Days in their order, without those of articles that have none. */
function datedDays(days) {
  return days.filter((day) => day !== NO_DAY).sort();
}

// Broken dates are few, and far from all others.
const FAR_SHARE = 0.005;
const FAR_DAYS = 366;

/**
 * First and last of sorted days, but for a few that are further from the others than these span.
 * @param {Int32Array} days
 * @returns {[number, number]}
 */
function daySpan(days) {
  const nKept = days.length - Math.floor(days.length * FAR_SHARE);
  const length = (from) => days[from + nKept - 1] - days[from];
  let densest = 0;
  for (let from = 1; from + nKept <= days.length; from++) {
    if (length(from) < length(densest)) {
      densest = from;
    }
  }
  const far = Math.max(length(densest), FAR_DAYS);
  const first = days[densest] - far;
  const last = days[densest + nKept - 1] + far;
  const near = days.filter((day) => day >= first && day <= last);
  return [near[0], near.at(-1)];
}

function indexById(ids) {
  return new Map(ids.map((id, index) => [id, index]));
}

/** A value that is computed when it is first asked for. */
function lazily(compute) {
  let value;
  return () => (value ??= compute());
}

/**
 * Everything that views and filters read.
 * @param {any} core the block "core"
 */
function storeOf(core) {
  const { articles, entities } = core;
  const days = dayNumbers(articles.day);
  const named = joined(articles.entities, 2, 0);
  const { values: counts } = joined(articles.entities, 2, 1);
  const monthNames = new Set(articles.day.filter((_, row) => days[row] !== NO_DAY).map(monthOf));
  return {
    core,
    articles,
    entities,
    nArticles: articles.id.length,
    nEntities: entities.id.length,
    days,
    monthNames: [...monthNames].sort(),
    topics: joined(articles.topic, 1, 0),
    named: { ...named, counts },
    naming: inverted(named, counts, entities.id.length),
    articleById: indexById(articles.id),
    entityById: indexById(entities.id),
    topicById: indexById(core.topics.map((topic) => topic.id)),
    outletByName: indexById(core.outlets),
    covered: lazily(() => daySpan(datedDays(days))),
    titleKeys: lazily(() => articles.title.map((title) => searchKey(title ?? ""))),
    nameKeys: lazily(() => entities.name.map(searchKey)),
    nameOrder: lazily(() => alphabetical(entities.name)),
    textOf: textReader(core),
  };
}

const monthOf = (day) => day.slice(0, 7);

/** Names by the alphabet, and the place of each in it. */
function alphabetical(names) {
  const order = names.map((_, index) => index);
  order.sort((one, other) => collator.compare(names[one], names[other]));
  const places = new Int32Array(names.length);
  order.forEach((index, place) => (places[index] = place));
  return { order, places };
}

const titleOf = (store, row) => store.articles.title[row]?.trim() || "Без заголовка";
const outletOf = (store, row) => store.core.outlets[store.articles.outlet[row]] ?? null;
const topicsOf = (store, row) => store.articles.topic[row];
