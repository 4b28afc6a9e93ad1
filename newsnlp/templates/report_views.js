/* The views: overview, names, the page of an entity, articles. */

const TOP_NAMES = 10;
const NAMES_A_PAGE = 100;
const ARTICLES_A_PAGE = 50;
const SENTENCES_A_PAGE = 10; // articles, each with all its sentences
const TOP_ASSOCIATES = 25;

function Overview({ app }) {
  const { store, selection } = app;
  const axis = useMemo(() => timeAxis(store, selection), [selection]);
  const topics = useMemo(() => topicCounts(store, selection.rows), [selection]);
  const outlets = useMemo(() => outletCounts(store, selection.rows), [selection]);
  return html`
    <${Heading}>Обзор<//>
    <${Facts} app=${app} outlets=${outlets} />
    <${HeldTexts} core=${store.core} />
    ${
      selection.rows.length === 0
        ? html`<${Nothing} app=${app}>Под эти фильтры не подходит ни одна статья.<//>`
        : html`
            <section aria-labelledby="over-time">
              <h2 id="over-time">Статьи ${axis ? UNITS[axis.unit].label : "по времени"}</h2>
              <${ArticlesOverTime} app=${app} axis=${axis} />
            </section>
            <div class="columns">
              <section aria-labelledby="topics">
                <h2 id="topics">Темы</h2>
                <p class="quiet">У статьи может быть несколько тем; на графике — главная.</p>
                <${TopicBars} app=${app} counts=${topics} />
              </section>
              <section aria-labelledby="outlets">
                <h2 id="outlets">Издания</h2>
                <${OutletBars} app=${app} counts=${outlets} />
              </section>
            </div>
            <div class="columns">
              ${TYPES.map((type) => html`<${TopNames} key=${type} app=${app} type=${type} />`)}
            </div>
          `
    }
  `;
}

function Facts({ app, outlets }) {
  const { selection } = app;
  const facts = [
    [selection.rows.length, "article"],
    [ranked(outlets.subarray(0, -1)).length, "outlet"],
    [selection.nNamed, "entity"],
    [selection.nMentions, "mention"],
  ];
  return html`
    <ul class="numbers">
      ${facts.map(
        ([n, noun]) =>
          html`<li key=${noun}><b>${wholeNumber.format(n)}</b> ${plural(n, noun)}</li>`,
      )}
    </ul>
  `;
}

/** Of how many articles the file holds the text, the sentences, or nothing of these. */
function HeldTexts({ core }) {
  if (core.n_full >= core.n_articles) {
    return html`<p class="quiet">Полные тексты есть у всех статей отчёта.</p>`;
  }
  const sentences = core.first_only
    ? "первые предложения о тех, кто назван в нескольких статьях"
    : "предложения с именами";
  const held = [
    [core.n_full, "полный текст"],
    [core.n_sentences, sentences],
    [core.n_bare, "только заголовок и имена"],
  ];
  const parts = held
    .filter(([n]) => n > 0)
    .map(([n, what]) => `у\u00a0${wholeNumber.format(n)} — ${what}`);
  return html`<p class="quiet">
    Что есть в файле, от новых статей к старым: ${parts.join("; ")}.
  </p>`;
}

function ArticlesOverTime({ app, axis }) {
  const { store, selection } = app;
  const series = useMemo(() => {
    const groups = axis ? topicSeries(store, selection.rows, axis) : [];
    return groups.map(([group, values]) => ({
      label: groupLabel(store, group),
      values,
      colour: topicHue(group),
    }));
  }, [axis]);
  if (!axis) {
    return html`<p class="quiet">Ни у одной статьи нет даты.</p>`;
  }
  return html`
    <${TimeChart}
      axis=${axis}
      series=${series}
      title=${`Статьи ${UNITS[axis.unit].label}`}
      hrefOfBin=${periodHref(app, axis)}
    />
  `;
}

/** Addresses that set the period to that of a bar. */
function periodHref(app, axis) {
  return (bin) => app.href({ filters: { ...app.route.filters, ...binPeriod(axis, bin) } });
}

function groupLabel({ core }, group) {
  if (group === WITHOUT_TOPIC) {
    return "без темы";
  }
  return group < N_HUES ? core.topics[group].label : "прочие";
}

function TopNames({ app, type }) {
  const { entities } = app.store;
  const { entityArticles } = app.selection;
  const items = useMemo(
    () => ranked(entityArticles, TOP_NAMES, (entity) => entities.type[entity] === type),
    [app.selection],
  ).map((entity) => ({
    key: entity,
    label: entities.name[entity],
    href: app.href({ view: "entity", id: entities.id[entity] }),
    count: entityArticles[entity],
    colour: `var(--${type})`,
  }));
  const id = `top-${type}`;
  return html`
    <section aria-labelledby=${id}>
      <h2 id=${id}>${TYPE_LABELS[type].many}</h2>
      ${type === "LOC" && html`<${DatelineNote} />`}
      <${BarList} items=${items} noun="article" empty="Имён нет." />
      ${
        items.length === TOP_NAMES &&
        html`<p>
          <a href=${app.href({ view: "names", params: { type } })}
            >Все ${TYPE_LABELS[type].many.toLowerCase()}</a
          >
        </p>`
      }
    </section>
  `;
}

/** Why the town of a newsroom may lead the places. */
function DatelineNote() {
  return html`<p class="quiet">
    Место в начале заметки — «МОСКВА, 14${"\u00a0"}мая» — считается упоминанием.
  </p>`;
}

/**
 * Indices whose keys have all words of a query; where there are none, those of words cut short.
 * @returns {{found: number[], cut: ?string[]}}
 */
function searched(indices, keys, query) {
  const words = wordsOf(query);
  if (!words.length) {
    return { found: query.trim() ? [] : indices, cut: null };
  }
  const found = indices.filter((index) => hasWords(keys()[index], words));
  const cut = withoutEndings(words);
  if (found.length || cut.join() === words.join()) {
    return { found, cut: null };
  }
  const near = indices.filter((index) => hasWords(keys()[index], cut));
  return { found: near, cut: near.length ? cut : null };
}

function CutNote({ cut }) {
  return (
    cut &&
    html`<p class="quiet">Точных совпадений нет, показаны слова на «${cut.join("…», «")}…».</p>`
  );
}

const NAME_ORDERS = [
  ["", "статьям"],
  ["mentions", "упоминаниям"],
  ["name", "алфавиту"],
];

/** Entities of the selection in the order and with the type and words that the address asks for. */
function namesFound({ store, selection, route }) {
  const type = route.params.get("type");
  const { nameOrder, nameKeys, entities } = store;
  const { entityArticles, entityMentions } = selection;
  const ofType = (entity) => !type || entities.type[entity] === type;
  const all = ranked(entityArticles, Infinity, ofType);
  const { found, cut } = searched(all, nameKeys, route.params.get("q") ?? "");
  switch (route.params.get("sort")) {
    case "mentions":
      found.sort((one, other) => entityMentions[other] - entityMentions[one]);
      break;
    case "name": {
      // Numbers of a typed array are sorted without a call for each pair.
      const { order, places } = nameOrder();
      return {
        found: [...Int32Array.from(found, (name) => places[name]).sort()].map((at) => order[at]),
        cut,
      };
    }
  }
  return { found, cut };
}

function Names({ app }) {
  const { store, selection, route } = app;
  const { found, cut } = useMemo(
    () => namesFound(app),
    [selection, ...["q", "type", "sort"].map((name) => route.params.get(name))],
  );
  const first = pageOf(app, found.length, NAMES_A_PAGE) * NAMES_A_PAGE;
  const shown = found.slice(first, first + NAMES_A_PAGE);
  const download = () => {
    const rows = found.map((entity) => entityCells(store, selection, entity));
    save(
      csvName("имена", ...app.filterWords(), route.params.get("q")),
      csvText(ENTITY_COLUMNS, rows),
    );
  };
  return html`
    <${Heading}>Имена<//>
    <div class="tools">
      <${Search} app=${app} label="Найти имя" />
      <${Choice}
        app=${app}
        name="type"
        legend="Кто или что"
        options=${[["", "Все"], ...TYPES.map((type) => [type, TYPE_LABELS[type].many])]}
      />
      <${Choice} app=${app} name="sort" legend="Упорядочить по" options=${NAME_ORDERS} />
      <${Export} label="Скачать CSV" onClick=${download} />
    </div>
    <p class="found" role="status">${`Найдено: ${counted(found.length, "entity")}`}</p>
    ${route.params.get("type") === "LOC" && html`<${DatelineNote} />`}
    <${CutNote} cut=${cut} />
    ${
      shown.length === 0
        ? html`<${Nothing} app=${app}>Таких имён среди отобранного нет.<//>`
        : html`<table class="names">
            <caption class="unseen">
              Имена
            </caption>
            <thead>
              <tr>
                <th scope="col">Имя</th>
                <th scope="col" class="number">Статей</th>
                <th scope="col" class="number">Упоминаний</th>
              </tr>
            </thead>
            <tbody>
              ${shown.map((entity) => html`<${NameRow} key=${entity} app=${app} entity=${entity} />`)}
            </tbody>
          </table>`
    }
    <${Pager} app=${app} nItems=${found.length} size=${NAMES_A_PAGE} />
  `;
}

function NameRow({ app, entity }) {
  const { id, name, type } = app.store.entities;
  return html`
    <tr>
      <th scope="row">
        <a href=${app.href({ view: "entity", id: id[entity] })}>${name[entity]}</a
        >${" "}<${TypeMark} type=${type[entity]} />
      </th>
      <td class="number">${wholeNumber.format(app.selection.entityArticles[entity])}</td>
      <td class="number">${wholeNumber.format(app.selection.entityMentions[entity])}</td>
    </tr>
  `;
}

function Entity({ app }) {
  const { store, route } = app;
  const entity = store.entityById.get(route.id);
  if (entity === undefined) {
    return html`<${Unknown} app=${app} what="Такого имени в отчёте нет" back="names" />`;
  }
  return html`<${KnownEntity} key=${entity} app=${app} entity=${entity} />`;
}

function KnownEntity({ app, entity }) {
  const { store, selection } = app;
  const rows = useMemo(() => articlesNaming(store, selection, entity), [selection, entity]);
  const type = store.entities.type[entity];
  return html`
    <${Heading}>${store.entities.name[entity]}<//>
    <p class="facts">
      <${TypeMark} type=${type} />
      <span>${counted(rows.length, "article")}</span>
      <span>${counted(selection.entityMentions[entity], "mention")}</span>
    </p>
    ${
      rows.length === 0
        ? html`<${Nothing} app=${app}>
            В отобранных статьях это имя не встречается; во всём отчёте — в
            ${" "}${wholeNumber.format(store.entities.n_articles[entity])}.
          <//>`
        : html`
            <${EntityOverTime} app=${app} entity=${entity} />
            <div class="columns">
              <${Associates} app=${app} entity=${entity} />
              <section aria-labelledby="topics">
                <h2 id="topics">Темы</h2>
                <${TopicBars} app=${app} counts=${topicCounts(store, rows)} />
                <h2>Издания</h2>
                <${OutletBars} app=${app} counts=${outletCounts(store, rows)} limit=${6} />
              </section>
            </div>
            <${Sentences} app=${app} entity=${entity} rows=${rows} />
          `
    }
  `;
}

const MEASURES = {
  "": { label: "статьи", format: (n) => wholeNumber.format(n), of: ({ articles }) => articles },
  share: {
    label: "доля статей",
    format: (n) => `${oneDecimal.format(n)}\u00a0%`,
    of: ({ articles, all }) =>
      Float64Array.from(articles, (n, bin) => (n && (100 * n) / all[bin]) || 0),
  },
  mentions: {
    label: "упоминания",
    format: (n) => wholeNumber.format(n),
    of: ({ mentions }) => mentions,
  },
};

function EntityOverTime({ app, entity }) {
  const { store, selection, route } = app;
  const asked = route.params.get("measure") ?? "";
  const measure = MEASURES[Object.hasOwn(MEASURES, asked) ? asked : ""];
  const axis = useMemo(() => timeAxis(store, selection), [selection]);
  const counts = useMemo(
    () => axis && entitySeries(store, selection, axis, entity),
    [axis, entity],
  );
  const colour = `--${store.entities.type[entity]}`;
  const series = useMemo(
    () => axis && [{ label: measure.label, values: measure.of(counts), colour: styled(colour) }],
    [counts, measure],
  );
  return html`
    <section aria-labelledby="over-time">
      <h2 id="over-time">Когда упоминается</h2>
      ${
        axis
          ? html`
              <${Choice}
                app=${app}
                name="measure"
                legend="Что показать"
                options=${Object.entries(MEASURES).map(([value, { label }]) => [value, label])}
              />
              <${TimeChart}
                axis=${axis}
                series=${series}
                format=${measure.format}
                title=${`${store.entities.name[entity]}: ${measure.label} ${UNITS[axis.unit].label}`}
                hrefOfBin=${periodHref(app, axis)}
              />
            `
          : html`<p class="quiet">Ни у одной статьи нет даты.</p>`
      }
    </section>
  `;
}

function Associates({ app, entity }) {
  const { store, selection } = app;
  const [all, setAll] = useState(false);
  const found = useMemo(() => associates(store, selection, entity), [selection, entity]);
  const shown = found.slice(0, all ? NAMES_A_PAGE : TOP_ASSOCIATES);
  const { id, name, type } = store.entities;
  return html`
    <section aria-labelledby="together">
      <h2 id="together">С кем и с чем вместе</h2>
      <p class="quiet">
        Чаще, чем вышло бы случайно. Порядок — по значимости (отношение правдоподобия G², от 10,83),
        а не по числу общих статей.
      </p>
      ${
        shown.length === 0
          ? html`<p class="quiet">Значимых связей в отобранных статьях нет.</p>`
          : html`<table class="together">
              <caption class="unseen">
                С кем и с чем вместе
              </caption>
              <thead>
                <tr>
                  <th scope="col">Имя</th>
                  <th scope="col" class="number">Вместе</th>
                  <th scope="col" class="number">G²</th>
                </tr>
              </thead>
              <tbody>
                ${shown.map(
                  ({ entity: other, together, g2 }) =>
                    html`<tr key=${other}>
                      <th scope="row">
                        <a href=${app.href({ view: "entity", id: id[other] })}>${name[other]}</a
                        >${" "}<${TypeMark} type=${type[other]} />
                      </th>
                      <td class="number">${wholeNumber.format(together)}</td>
                      <td class="number">${wholeNumber.format(Math.round(g2))}</td>
                    </tr>`,
                )}
              </tbody>
            </table>`
      }
      ${
        found.length > shown.length &&
        !all &&
        html`<button type="button" onClick=${() => setAll(true)}>Показать больше</button>`
      }
    </section>
  `;
}

/** What texts of some articles hold: undefined while they are read. */
function useTexts(store, rows) {
  const [texts, setTexts] = useState({ key: null });
  const key = rows.join();
  useEffect(() => {
    let wanted = true;
    // One after another: neighbours are in one block, which is then read once.
    const read = async () => {
      const found = [];
      for (const row of rows) {
        found.push(await store.textOf(row));
      }
      return found;
    };
    read().then(
      (found) => wanted && setTexts({ key, found }),
      (error) => wanted && setTexts({ key, error }),
    );
    return () => {
      wanted = false;
    };
  }, [key]);
  return texts.key === key ? texts : {};
}

function Sentences({ app, entity, rows }) {
  const { store } = app;
  const [progress, setProgress] = useState(null);
  const [broken, setBroken] = useState(false);
  const first = pageOf(app, rows.length, SENTENCES_A_PAGE) * SENTENCES_A_PAGE;
  const shown = [...rows.subarray(first, first + SENTENCES_A_PAGE)];
  const { found, error } = useTexts(store, shown);
  const download = async () => {
    const cells = [];
    for (const [done, row] of rows.entries()) {
      if (done % 50 === 0) setProgress(done / rows.length);
      for (const sentence of sentencesNaming(await store.textOf(row), entity)) {
        cells.push(sentenceCells(store, row, sentence));
      }
    }
    setProgress(null);
    const name = csvName("предложения", store.entities.name[entity], ...app.filterWords());
    save(name, csvText(SENTENCE_COLUMNS, cells));
  };
  const failed = () => {
    setProgress(null);
    setBroken(true);
  };
  return html`
    <section aria-labelledby="sentences" aria-busy=${String(!found && !error)}>
      <div class="tools">
        <h2 id="sentences">В предложениях</h2>
        <${Export}
          label="Скачать предложения, CSV"
          progress=${progress}
          onClick=${() => download().catch(failed)}
        />
      </div>
      <${HeldSentences} core=${store.core} rows=${rows} />
      ${(error || broken) && html`<${Damaged} />`}
      <ol class="quotes">
        ${shown.map(
          (row, index) =>
            html`<li key=${row}>
              <h3><${ArticleLink} app=${app} row=${row} /></h3>
              <${ArticleFacts} app=${app} row=${row} />
              ${found && html`<${Quotes} app=${app} text=${found[index]} entity=${entity} />`}
            </li>`,
        )}
      </ol>
      <${Pager} app=${app} nItems=${rows.length} size=${SENTENCES_A_PAGE} />
    </section>
  `;
}

/** Of articles that name an entity: how much of their texts the file has no room for. */
function HeldSentences({ core, rows }) {
  const n = (from, to) => rows.filter((row) => row >= from && row < to).length;
  const whole = core.n_full + core.n_sentences;
  const nFirst = core.first_only ? n(core.n_full, whole) : 0;
  const nBare = n(whole, Infinity);
  return [
    nFirst > 0 && `В файл поместились не все: из ${counted(nFirst, "articleOf")} — только первые.`,
    nBare > 0 && `Нет в файле предложений из ${counted(nBare, "articleOf")}, самых старых.`,
  ].map((note) => note && html`<p class="quiet">${note}</p>`);
}

function Quotes({ app, text, entity }) {
  const sentences = sentencesNaming(text, entity);
  if (!sentences.length) {
    return html`<p class="quiet">Этих предложений в файле нет: они не поместились.</p>`;
  }
  return sentences.map(
    ({ sentence }) =>
      html`<p><${Sentence} app=${app} sentence=${sentence} focused=${entity} /></p>`,
  );
}

function Damaged() {
  return html`<p class="warning" role="alert">
    Эту часть файла прочесть не удалось: похоже, файл отчёта повреждён или сохранён не целиком.
  </p>`;
}

const ARTICLE_ORDERS = [
  ["", "сначала новые"],
  ["old", "сначала старые"],
];

/** Articles of the selection in the order that the address asks for. */
function articlesInOrder({ store, selection, route }) {
  if (route.params.get("sort") !== "old") {
    return selection.rows;
  }
  const dated = selection.rows.filter((row) => store.days[row] !== NO_DAY).reverse();
  const undated = selection.rows.filter((row) => store.days[row] === NO_DAY);
  return Int32Array.from([...dated, ...undated]);
}

const SEARCH_PLACES = [
  ["", "в заголовках"],
  ["texts", "в текстах"],
];

function Articles({ app }) {
  const { store, selection, route } = app;
  const query = route.params.get("q") ?? "";
  const inTexts = route.params.get("in") === "texts";
  const rows = useMemo(() => articlesInOrder(app), [selection, route.params.get("sort")]);
  const words = inTexts && wordsOf(query).length ? wordsOf(query) : null;
  const byTitle = useMemo(() => {
    const { found, cut } = searched([...rows], store.titleKeys, words ? "" : query);
    return { found: found.map((row) => ({ row, quotes: [] })), cut };
  }, [rows, words ? "" : query]);
  const byText = useTextSearch(app, rows, words);
  const { found, cut } = words ? byText : byTitle;
  const searching = words !== null && !byText.ended;
  const first = pageOf(app, found.length, ARTICLES_A_PAGE) * ARTICLES_A_PAGE;
  const shown = found.slice(first, first + ARTICLES_A_PAGE);
  const download = () => {
    const cells = found.map(({ row, quotes }) => [
      ...articleCells(store, row),
      ...(words ? [quotes.join(" … ")] : []),
    ]);
    const columns = words ? [...ARTICLE_COLUMNS, "sentence"] : ARTICLE_COLUMNS;
    save(csvName("статьи", ...app.filterWords(), query), csvText(columns, cells));
  };
  return html`
    <${Heading}>Статьи<//>
    <div class="tools">
      <${Search} app=${app} label=${inTexts ? "Найти в текстах" : "Найти в заголовках"} />
      <${Choice} app=${app} name="in" legend="Где искать" options=${SEARCH_PLACES} />
      <${Choice} app=${app} name="sort" legend="Порядок" options=${ARTICLE_ORDERS} />
      <${Export}
        label="Скачать CSV"
        doing="Ищу"
        progress=${searching ? byText.done / Math.max(rows.length, 1) : null}
        onClick=${download}
      />
    </div>
    <${Found} count=${found.length} search=${words && byText} nRows=${rows.length} />
    ${words && html`<${SearchedTexts} core=${store.core} rows=${rows} />`}
    <${CutNote} cut=${cut} />
    ${words && byText.error && html`<${Damaged} />`}
    ${
      shown.length > 0
        ? html`<ol class="articles" aria-busy=${String(searching)}>
            ${shown.map(
              ({ row, quotes }) =>
                html`<li key=${row}>
                  <${FoundArticle}
                    app=${app}
                    row=${row}
                    quotes=${quotes}
                    words=${words && (cut ?? words)}
                  />
                </li>`,
            )}
          </ol>`
        : !searching && html`<${Nothing} app=${app}>Таких статей среди отобранных нет.<//>`
    }
    <${Pager} app=${app} nItems=${found.length} size=${ARTICLES_A_PAGE} />
  `;
}

/** An article in a list; found in texts, with its sentences, in which the words are marked. */
function FoundArticle({ app, row, quotes, words }) {
  const title = titleOf(app.store, row);
  return html`
    <${ArticleLink} app=${app} row=${row}>
      ${words ? html`<${Marked} text=${title} words=${words} />` : title}
    <//>
    <${ArticleFacts} app=${app} row=${row} />
    ${quotes.length > 0 && html`<p class="quote"><${Marked} text=${quotes.join(" … ")} words=${words} /></p>`}
  `;
}

function Unknown({ app, what = "Такой страницы в отчёте нет", back = "overview" }) {
  const labels = { overview: "К обзору", names: "Ко всем именам", articles: "Ко всем статьям" };
  return html`
    <${Heading}>${what}<//>
    <p>Возможно, ссылка ведёт в другой отчёт или записана не целиком.</p>
    <p><a href=${app.href({ view: back, params: null })}>${labels[back]}</a></p>
  `;
}
