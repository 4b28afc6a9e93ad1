/* Addresses: what is shown is told by the part after #, so that it can be kept, sent and gone back to. */

const VIEWS = {
  "": "overview",
  names: "names",
  entity: "entity",
  articles: "articles",
  article: "article",
};
const PATHS = Object.fromEntries(Object.entries(VIEWS).map(([path, view]) => [view, path]));
const WITH_ID = new Set(["entity", "article"]);
const FILTER_NAMES = new Set(["topic", "outlet", "from", "to"]);
const PERIOD = /^\d{4}-(0[1-9]|1[0-2])(-\d\d)?$/;

/** `location.hash` would do, had not browsers decoded it differently. */
function currentHash() {
  const at = location.href.indexOf("#");
  return at < 0 ? "" : location.href.slice(at + 1);
}

/**
 * What an address asks for.
 * @returns {{view: string, id: ?string, filters: object, params: URLSearchParams}}
 */
function routeOf(store, hash) {
  const [path, ...query] = hash.split("?");
  const params = new URLSearchParams(query.join("?"));
  const [first, ...rest] = path.replace(/^\//, "").split("/");
  const id = decoded(rest.join("/"));
  const known =
    Object.hasOwn(VIEWS, first) && id !== null && WITH_ID.has(VIEWS[first]) === (id !== "");
  const filters = filtersOf(store, params);
  for (const name of FILTER_NAMES) {
    params.delete(name);
  }
  return { view: known ? VIEWS[first] : "unknown", id, filters, params };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Whether a month or a day is one that the calendar has. */
function isPeriod(value) {
  return PERIOD.test(value) && (isMonth(value) || isoDay(periodDays(value)[0]) === value);
}

/** Filters of an address; values that the report does not have are kept apart, to be shown. */
function filtersOf(store, params) {
  const unknown = [];
  const indices = (name, known, without) => {
    const found = new Set();
    for (const value of params.getAll(name)) {
      const index = value === "" ? without : known.get(value);
      if (index === undefined) {
        unknown.push([name, value]);
      } else {
        found.add(index);
      }
    }
    return found;
  };
  const period = (name) => {
    const value = params.get(name);
    if (value === null || isPeriod(value)) {
      return value;
    }
    unknown.push([name, value]);
    return null;
  };
  return {
    topics: indices("topic", store.topicById, NO_VALUE),
    outlets: indices("outlet", store.outletByName, NO_VALUE),
    from: period("from"),
    to: period("to"),
    unknown,
  };
}

const NO_FILTERS = { topics: new Set(), outlets: new Set(), from: null, to: null, unknown: [] };

function filterParams(store, { topics, outlets, from, to }) {
  const params = new URLSearchParams();
  for (const topic of topics) {
    params.append("topic", topic === NO_VALUE ? "" : store.core.topics[topic].id);
  }
  for (const outlet of outlets) {
    params.append("outlet", outlet === NO_VALUE ? "" : store.core.outlets[outlet]);
  }
  if (from) params.set("from", from);
  if (to) params.set("to", to);
  return params;
}

const isFiltered = ({ topics, outlets, from, to, unknown }) =>
  Boolean(topics.size || outlets.size || from || to || unknown.length);

/**
 * The address of a view.
 * @param {any} store
 * @param {{view: string, id?: ?string, filters: object, params?: object}} route
 */
function hrefOf(store, { view, id, filters, params = {} }) {
  const query = filterParams(store, filters);
  for (const [name, value] of params instanceof URLSearchParams ? params : Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") {
      query.set(name, String(value));
    }
  }
  const path = WITH_ID.has(view) ? `${PATHS[view]}/${encodedId(id)}` : PATHS[view];
  const text = String(query);
  return `#/${path ?? ""}${text && `?${text}`}`;
}

/** An id in an address; half of a surrogate pair has no encoding, and no article is found by it. */
function encodedId(id) {
  return encodeURIComponent(id.toWellFormed?.() ?? id);
}

/** Only such an address of an article becomes a link: `javascript:` and the like stay text. */
function isWebAddress(url) {
  try {
    return ["http:", "https:"].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}
