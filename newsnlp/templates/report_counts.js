/* What is counted anew when a filter changes: passes over typed arrays, without an object a row. */

/**
 * Articles that the filters let through, and how often each entity stands in them.
 * @param {any} store
 * @param {{topics: Set<number>, outlets: Set<number>, from: ?string, to: ?string}} filters
 */
function select(store, filters) {
  const { nArticles, nEntities, named, topics, days } = store;
  const from = filters.from ? periodDays(filters.from)[0] : -Infinity;
  const to = filters.to ? periodDays(filters.to)[1] : Infinity;
  const byPeriod = filters.from || filters.to;
  const mask = new Uint8Array(nArticles);
  const rows = new Int32Array(nArticles);
  const entityArticles = new Int32Array(nEntities);
  const entityMentions = new Int32Array(nEntities);
  const hasTopic = (row) => {
    for (let i = topics.starts[row]; i < topics.starts[row + 1]; i++) {
      if (filters.topics.has(topics.values[i])) {
        return true;
      }
    }
    return topics.starts[row] === topics.starts[row + 1] && filters.topics.has(NO_VALUE);
  };
  let n = 0;
  let nMentions = 0;
  for (let row = 0; row < nArticles; row++) {
    if (byPeriod && !(days[row] !== NO_DAY && days[row] >= from && days[row] <= to)) continue;
    if (filters.outlets.size && !filters.outlets.has(store.articles.outlet[row])) continue;
    if (filters.topics.size && !hasTopic(row)) continue;
    mask[row] = 1;
    rows[n++] = row;
    for (let i = named.starts[row]; i < named.starts[row + 1]; i++) {
      entityArticles[named.values[i]]++;
      entityMentions[named.values[i]] += named.counts[i];
      nMentions += named.counts[i];
    }
  }
  const nNamed = entityArticles.reduce((sum, count) => sum + (count > 0), 0);
  const [first, last] = store.covered();
  const covered = [Math.max(first, from), Math.min(last, to)];
  const found = rows.slice(0, n);
  return { mask, rows: found, covered, entityArticles, entityMentions, nMentions, nNamed };
}

/** How many rows have each topic; one may have several. The last count is of those without. */
function topicCounts(store, rows) {
  const counts = new Int32Array(store.core.topics.length + 1);
  for (const row of rows) {
    const topics = topicsOf(store, row);
    topics.forEach((topic) => counts[topic]++);
    counts[store.core.topics.length] += topics.length === 0;
  }
  return counts;
}

/** How many rows each outlet has. The last count is of those without. */
function outletCounts(store, rows) {
  const counts = new Int32Array(store.core.outlets.length + 1);
  for (const row of rows) {
    const outlet = store.articles.outlet[row];
    counts[outlet === NO_VALUE ? store.core.outlets.length : outlet]++;
  }
  return counts;
}

/** Indices of what was counted at all, the greatest count first, else in their order. */
function ranked(counts, limit = Infinity, keep = () => true) {
  const found = [];
  counts.forEach((count, index) => {
    if (count > 0 && keep(index)) {
      found.push(index);
    }
  });
  found.sort((one, other) => counts[other] - counts[one] || one - other);
  return found.slice(0, limit);
}

const MOST_DAYS = 62;
const MOST_WEEKS = 400;
const MOST_MONTHS = 365 * 20;

/** Bins of a time axis: number of a day's bin; first day, label and short label of a bin. */
const BINS = {
  day: {
    of: (day) => day,
    start: (bin) => bin,
    label: (bin) => shortDay.format(dateOf(bin)),
    short: (bin) => dayOfMonth.format(dateOf(bin)),
  },
  week: {
    // Day 0 was a Thursday.
    of: (day) => Math.floor((day + 3) / 7),
    start: (bin) => bin * 7 - 3,
    label: (bin) => shortDay.formatRange(dateOf(bin * 7 - 3), dateOf(bin * 7 + 3)),
    short: (bin) => dayOfMonth.format(dateOf(bin * 7 - 3)),
  },
  month: {
    of: (day) => dateOf(day).getUTCFullYear() * 12 + dateOf(day).getUTCMonth(),
    start: (bin) => firstDayOf(Math.floor(bin / 12), bin % 12),
    label: (bin) => longMonth.format(dateOf(BINS.month.start(bin))),
    short: (bin) => shortMonth.format(dateOf(BINS.month.start(bin))),
  },
  year: {
    of: (day) => dateOf(day).getUTCFullYear(),
    start: (bin) => firstDayOf(bin),
    label: (bin) => String(bin),
    short: (bin) => String(bin),
  },
};

/**
 * The time axis for the articles of a selection: as fine as their span allows.
 * @param {any} store
 * @param {{rows: Int32Array, covered: [number, number]}} selection
 * @returns {?{unit: string, first: number, size: number, binOf: Int32Array, nUndated: number,
 *     days: [number, number], far: Int32Array, isPartial: (bin: number) => boolean}}
 *     `binOf` by row of the selection, -1 without a day or with one of `far`, which are too far
 *     from the others for one axis; null where no article has a day
 */
function timeAxis(store, { rows, covered }) {
  const days = datedDays(Int32Array.from(rows, (row) => store.days[row]));
  if (!days.length) {
    return null;
  }
  const [first, last] = daySpan(days);
  const isFar = (day) => day < first || day > last;
  const span = last - first + 1;
  const [unit] = [
    ["day", MOST_DAYS],
    ["week", MOST_WEEKS],
    ["month", MOST_MONTHS],
    ["year", Infinity],
  ].find(([, most]) => span <= most);
  const bins = BINS[unit];
  const from = bins.of(first);
  const binOf = Int32Array.from(rows, (row) =>
    isFar(store.days[row]) ? -1 : bins.of(store.days[row]) - from,
  );
  const size = bins.of(last) - from + 1;
  const axis = { unit, first: from, size, binOf, days: [first, last] };
  const isPartial = (bin) => {
    const [start, stop] = binDays(axis, bin);
    return unit !== "day" && (start < covered[0] || stop > covered[1]);
  };
  return { ...axis, nUndated: rows.length - days.length, far: days.filter(isFar), isPartial };
}

/** Labels of an axis's bins: in full, or short ones that stand under the bars. */
function binLabels(axis, { short = false } = {}) {
  const label = BINS[axis.unit][short ? "short" : "label"];
  return Array.from({ length: axis.size }, (_, bin) => label(axis.first + bin));
}

/** First and last day of a bin. */
function binDays(axis, bin) {
  const { start } = BINS[axis.unit];
  return [start(axis.first + bin), start(axis.first + bin + 1) - 1];
}

/** The period of a bin as filters name it: by months where they make up the bin. */
function binPeriod(axis, bin) {
  const byMonths = axis.unit === "month" || axis.unit === "year";
  const [from, to] = binDays(axis, bin).map(isoDay);
  return byMonths ? { from: monthOf(from), to: monthOf(to) } : { from, to };
}

/** Articles of each bin by their first topic: one series a topic that occurs, the last without. */
function topicSeries(store, rows, axis) {
  const nTopics = store.core.topics.length;
  const series = new Map();
  rows.forEach((row, position) => {
    if (axis.binOf[position] < 0) {
      return;
    }
    const topic = topicsOf(store, row)[0] ?? nTopics;
    const group = topic === nTopics ? WITHOUT_TOPIC : Math.min(topic, N_HUES);
    if (!series.has(group)) {
      series.set(group, new Int32Array(axis.size));
    }
    series.get(group)[axis.binOf[position]]++;
  });
  return [...series].sort(([one], [other]) => one - other);
}

const N_HUES = 7;
const WITHOUT_TOPIC = N_HUES + 1;

/** Articles and mentions of an entity by bin, and all articles by bin. */
function entitySeries(store, selection, axis, entity) {
  const series = ["articles", "mentions", "all"].map(() => new Int32Array(axis.size));
  const [articles, mentions, all] = series;
  const binByRow = new Map();
  selection.rows.forEach((row, position) => {
    const bin = axis.binOf[position];
    if (bin >= 0) {
      all[bin]++;
      binByRow.set(row, bin);
    }
  });
  const { naming } = store;
  for (let i = naming.starts[entity]; i < naming.starts[entity + 1]; i++) {
    const bin = selection.mask[naming.articles[i]] ? binByRow.get(naming.articles[i]) : undefined;
    if (bin !== undefined) {
      articles[bin]++;
      mentions[bin] += naming.mentions[i];
    }
  }
  return { articles, mentions, all };
}

/** Articles that name an entity, of those selected. */
function articlesNaming(store, selection, entity) {
  const { starts, articles } = store.naming;
  return articles
    .subarray(starts[entity], starts[entity + 1])
    .filter((row) => selection.mask[row] === 1);
}

// Chi-squared with one degree of freedom exceeds this by chance in 1 case of 1000.
const LEAST_G2 = 10.83;

/**
 * Entities that stand in one article with this one more often than by chance.
 *
 * Ranked by the log-likelihood ratio of Dunning (1993) over articles: it trusts rare pairs less
 * than mutual information does, and does not put what is frequent everywhere first, as counts do.
 * @returns {{entity: number, together: number, g2: number}[]}
 */
function associates(store, selection, entity) {
  const { named } = store;
  const n = selection.rows.length;
  const ours = selection.entityArticles[entity];
  const together = new Int32Array(store.nEntities);
  for (const row of articlesNaming(store, selection, entity)) {
    for (let i = named.starts[row]; i < named.starts[row + 1]; i++) {
      together[named.values[i]]++;
    }
  }
  const found = [];
  together.forEach((both, other) => {
    const theirs = selection.entityArticles[other];
    if (both === 0 || other === entity || both * n <= ours * theirs) {
      return;
    }
    const g2 = logLikelihoodRatio(both, ours - both, theirs - both, n - ours - theirs + both);
    if (g2 >= LEAST_G2) {
      found.push({ entity: other, together: both, g2 });
    }
  });
  return found.sort((one, other) => other.g2 - one.g2 || other.together - one.together);
}

/** G² of a table of two rows and two columns. */
function logLikelihoodRatio(both, first, second, neither) {
  const n = both + first + second + neither;
  const term = (count, row, column) => (count ? count * Math.log((count * n) / (row * column)) : 0);
  return (
    2 *
    (term(both, both + first, both + second) +
      term(first, both + first, first + neither) +
      term(second, second + neither, both + second) +
      term(neither, second + neither, first + neither))
  );
}
