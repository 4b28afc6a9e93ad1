/* The view of one article: its facts, topics, keywords and names, and its text with marked mentions. */

const SHOWN_KEYWORDS = 15;
const SHOWN_NAMES = 20;

function Article({ app }) {
  const row = app.store.articleById.get(app.route.id);
  if (row === undefined) {
    return html`<${Unknown} app=${app} what="Такой статьи в отчёте нет" back="articles" />`;
  }
  return html`<${KnownArticle} key=${row} app=${app} row=${row} />`;
}

function KnownArticle({ app, row }) {
  const { store } = app;
  const { found, error } = useTexts(store, [row]);
  const text = found?.[0];
  const heading = text && titleZone(text, titleOf(store, row));
  const zones = text?.zones.filter((zone) => zone !== heading) ?? [];
  return html`
    <article aria-labelledby="heading" aria-busy=${String(!found && !error)}>
      <${Heading}>
        ${
          heading
            ? heading[1].map((sentence) => html`<${Sentence} app=${app} sentence=${sentence} />`)
            : titleOf(store, row)
        }
      <//>
      <${ArticleFacts} app=${app} row=${row} />
      <${Source} articles=${store.articles} row=${row} />
      <${Described} app=${app} row=${row} text=${text} />
      <${HeldText} app=${app} row=${row} text=${text} read=${Boolean(found)} />
      ${error && html`<${Damaged} />`}
      <div class="text">
        ${zones.map((zone, index) => {
          const repeated = zone[0] === zones[index - 1]?.[0];
          return html`<${Zone} app=${app} zone=${zone} whole=${text.full} named=${!repeated} />`;
        })}
      </div>
    </article>
  `;
}

/** The zone that says what the heading says: its mentions are marked there, and not said twice. */
function titleZone(text, title) {
  const words = (string) => string.replace(/\s+/g, " ").trim();
  const [first] = text.zones;
  return first?.[0] === "title" && words(first[1].map(sentenceText).join("")) === words(title)
    ? first
    : null;
}

function Source({ articles, row }) {
  const url = articles.url[row];
  const author = articles.author[row];
  return html`
    <p class="facts">
      ${author && html`<span>${author}</span>`}
      ${
        url &&
        (isWebAddress(url)
          ? html`<a href=${url} target="_blank" rel="noopener noreferrer external"
              >Статья на сайте издания<span class="unseen"> (откроется в новой вкладке)</span></a
            >`
          : html`<span class="source">${url}</span>`)
      }
      <span class="quiet source">${articles.id[row] !== url && articles.id[row]}</span>
    </p>
  `;
}

function Described({ app, row, text }) {
  const { store } = app;
  const topics = topicsOf(store, row);
  const { starts, values, counts } = store.named;
  const named = Array.from(values.subarray(starts[row], starts[row + 1]), (entity, index) => [
    entity,
    counts[starts[row] + index],
  ]).sort(([one, n], [other, m]) => m - n || one - other);
  const { id, name, type } = store.entities;
  const [all, setAll] = useState(false);
  const shown = all ? named : named.slice(0, SHOWN_NAMES);
  return html`
    <dl class="described">
      ${
        topics.length > 0 &&
        html`<div>
          <dt>Темы</dt>
          <dd>
            <ul class="inline">
              ${topics.map(
                (topic, rank) =>
                  html`<li key=${topic}>
                    <${TopicMark} app=${app} topic=${topic} />${" "}<${Score}
                      score=${text?.scores?.[rank]}
                    />
                  </li>`,
              )}
            </ul>
          </dd>
        </div>`
      }
      ${
        text?.keywords?.length > 0 &&
        html`<div>
          <dt>Ключевые слова</dt>
          <dd>${text.keywords.slice(0, SHOWN_KEYWORDS).join(", ")}</dd>
        </div>`
      }
      ${
        named.length > 0 &&
        html`<div>
          <dt>Кто и что упоминается</dt>
          <dd>
            <ul class="inline named">
              ${shown.map(
                ([entity, n]) =>
                  html`<li key=${entity}>
                    <a href=${app.href({ view: "entity", id: id[entity], params: null })}
                      >${name[entity]}</a
                    >${" "}<${TypeMark} type=${type[entity]} />${` ${wholeNumber.format(n)}`}
                  </li>`,
              )}
            </ul>
            ${named.length > shown.length && html`<button type="button" onClick=${() => setAll(true)}>Все имена: ${named.length}</button>`}
          </dd>
        </div>`
      }
    </dl>
  `;
}

function Score({ score }) {
  return (
    typeof score === "number" &&
    html`<span class="quiet">${wholeNumber.format(Math.round(100 * score))}${"\u00a0"}%</span>`
  );
}

/** What of the article the file holds, where that is not all of it. */
function HeldText({ app, row, text, read }) {
  const { articles, core } = app.store;
  const status = articles.status[row];
  const sentences = core.first_only
    ? "В файле только первые предложения статьи о тех, кто назван и в других статьях."
    : "В файле только предложения этой статьи с именами.";
  const notes = [
    Object.hasOwn(STATUS_LABELS, status) && STATUS_LABELS[status],
    read && !text && "Текста этой статьи в файле нет: он не поместился.",
    text && !text.full && sentences,
  ];
  return notes.filter(Boolean).map((note) => html`<p class="notice">${note}</p>`);
}

const MAIN_ZONES = new Set(["title", "lead", "body"]);

// What is set apart and longer is folded: pages come with whole scripts in their embeds.
const MOST_APART = 300;

function Zone({ app, zone: [kind, sentences], whole, named }) {
  const paragraphs = whole ? paragraphsOf(sentences) : [withGaps(sentences)];
  const apart = !MAIN_ZONES.has(kind);
  const label = Object.hasOwn(ZONE_LABELS, kind) ? ZONE_LABELS[kind] : kind;
  const text = paragraphs.map((parts) => html`<p><${Sentence} app=${app} sentence=${parts} /></p>`);
  const classes = `zone ${Object.hasOwn(ZONE_LABELS, kind) ? kind : ""} ${apart ? "apart" : ""}`;
  const length = sentences.reduce((sum, sentence) => sum + sentenceText(sentence).length, 0);
  return apart && length > MOST_APART
    ? html`<details class=${classes}>
        <summary class="zone-name">${label}, ${counted(length, "character")}</summary>
        ${text}
      </details>`
    : html`<div class=${classes}>${named && html`<p class="zone-name">${label}</p>`} ${text}</div>`;
}

/** Parts of a zone by paragraph: text is cut where it breaks its line. */
function paragraphsOf(sentences) {
  const paragraphs = [[]];
  for (const part of sentences.flat()) {
    if (typeof part !== "string") {
      paragraphs.at(-1).push(part);
      continue;
    }
    const [first, ...others] = part.split(/\s*\n\s*/);
    paragraphs.at(-1).push(first);
    others.forEach((text) => paragraphs.push([text]));
  }
  return paragraphs.filter((parts) => parts.some((part) => part !== ""));
}

/** Sentences of which others are left out: «… Первое. … Третье. …» */
function withGaps(sentences) {
  return sentences.flatMap((sentence) => ["… ", ...trimmedEnd(sentence), " "]).concat("…");
}

function trimmedEnd(sentence) {
  const last = sentence.at(-1);
  return typeof last === "string" ? [...sentence.slice(0, -1), last.trimEnd()] : sentence;
}
