/* Parts that several views are made of. */

/** The heading of a view: focus goes here when another view is opened. */
function Heading({ children, ...rest }) {
  return html`<h1 id="heading" tabindex="-1" ...${rest}>${children}</h1>`;
}

function TypeMark({ type }) {
  return html`<span class=${`type ${type}`}>${TYPE_LABELS[type].one}</span>`;
}

function TopicMark({ app, topic }) {
  const hue = topicHue(Math.min(topic, N_HUES));
  return html`<span class="topic"
    ><span class="swatch" style=${{ background: hue }} />${app.store.core.topics[topic].label}</span
  >`;
}

/**
 * Names with bars and counts: a chart that is a list of links.
 * @param {{items: {key: any, label: any, href: string, count: number, current?: boolean}[],
 *     noun: string, empty?: string}} props
 */
function BarList({ items, noun, empty = "Нет." }) {
  if (!items.length) {
    return html`<p class="quiet">${empty}</p>`;
  }
  const most = Math.max(...items.map(({ count }) => count));
  return html`
    <ol class="bars">
      ${items.map(
        ({ key, label, href, count, colour, current }) =>
          html`<li key=${key}>
            <a href=${href} aria-current=${current ? "true" : undefined}>${label}</a>
            <span class="count"
              >${wholeNumber.format(count)}<span class="unseen"
                >${` ${plural(count, noun)}`}</span
              ></span
            >
            <span class="bar" aria-hidden="true">
              <span style=${{ width: `${(100 * count) / most}%`, background: colour }} />
            </span>
          </li>`,
      )}
    </ol>
  `;
}

/**
 * Values of a filter with counts, of which the last is of articles without any; a link adds a value
 * to the filter, or takes it away again.
 * @param {{app: object, name: string, labels: string[], none: string, counts: Int32Array,
 *     limit: number, noun: string, empty: string, hue?: (value: number) => string}} props
 */
function FilterBars({
  app,
  name,
  labels,
  none,
  counts,
  limit,
  noun,
  empty,
  hue = () => undefined,
}) {
  const { filters } = app.route;
  const item = (value, label, count) => ({
    key: value,
    label,
    href: app.href({ filters: toggled(filters, name, value) }),
    count,
    colour: hue(value),
    current: filters[name].has(value),
  });
  const all = ranked(counts.subarray(0, labels.length));
  const items = all.slice(0, limit).map((value) => item(value, labels[value], counts[value]));
  const without = counts[labels.length];
  if (labels.length && without) {
    items.push(item(NO_VALUE, none, without));
  }
  const rest = all.length - limit;
  return html`
    <${BarList} items=${items} noun="article" empty=${empty} />
    ${rest > 0 && html`<p class="quiet">И ещё ${counted(rest, noun)}: они есть в фильтре.</p>`}
  `;
}

function TopicBars({ app, counts }) {
  return html`<${FilterBars}
    app=${app}
    name="topics"
    labels=${app.store.core.topics.map(({ label }) => label)}
    none="Без темы"
    counts=${counts}
    limit=${20}
    noun="topic"
    empty="Тем нет."
    hue=${(topic) => (topic === NO_VALUE ? WITHOUT_HUE : topicHue(Math.min(topic, N_HUES)))}
  />`;
}

function OutletBars({ app, counts, limit = 10 }) {
  return html`<${FilterBars}
    app=${app}
    name="outlets"
    labels=${app.store.core.outlets}
    none="Без издания"
    counts=${counts}
    limit=${limit}
    noun="outlet"
    empty="Издания не указаны."
  />`;
}

/** Filters with a value put in, or taken out where it was there. */
function toggled(filters, name, value) {
  const values = new Set(filters[name]);
  if (!values.delete(value)) {
    values.add(value);
  }
  return { ...filters, [name]: values };
}

const SEARCH_PAUSE = 150;

/** A search field; the address follows once the reader pauses. */
function Search({ app, label }) {
  const asked = app.route.params.get("q") ?? "";
  const [text, setText] = useState(asked);
  const sent = useRef(asked);
  const timer = useRef(null);
  // A filter may change while the pause lasts: what is asked then goes with the new one.
  const latest = useRef(app);
  latest.current = app;
  useEffect(() => {
    if (asked !== sent.current) {
      sent.current = asked;
      setText(asked);
    }
  }, [asked]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const ask = (value) => {
    clearTimeout(timer.current);
    if (value !== sent.current) {
      sent.current = value;
      latest.current.go({ params: { q: value, page: null } }, { replace: true });
    }
  };
  const type = (event) => {
    const { value } = event.currentTarget;
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => ask(value), SEARCH_PAUSE);
  };
  const submit = (event) => {
    event.preventDefault();
    ask(text);
  };
  return html`
    <form class="search" role="search" onSubmit=${submit}>
      <label for="search">${label}</label>
      <input
        id="search"
        type="search"
        autocomplete="off"
        spellcheck="false"
        value=${text}
        onInput=${type}
      />
    </form>
  `;
}

/** One of several values, kept in the address under `name`. */
function Choice({ app, name, legend, options }) {
  const chosen = app.route.params.get(name) ?? "";
  return html`
    <fieldset class="choice">
      <legend>${legend}</legend>
      ${options.map(
        ([value, label]) =>
          html`<label key=${value}>
            <input
              type="radio"
              name=${name}
              value=${value}
              checked=${value === chosen}
              onChange=${() => app.go({ params: { [name]: value, page: null } }, { replace: true })}
            />
            <span>${label}</span>
          </label>`,
      )}
    </fieldset>
  `;
}

/** A button that saves; while it collects it says how far it is, and keeps the focus. */
function Export({ label, onClick, progress = null, doing = "Собираю" }) {
  return html`
    <button
      type="button"
      class="export"
      aria-disabled=${progress === null ? undefined : "true"}
      onClick=${() => progress === null && onClick()}
    >
      ${progress === null ? label : `${doing}… ${Math.round(progress * 100)}\u00a0%`}
    </button>
  `;
}

/** Page of a list in the address, from 0, within what there is. */
function pageOf(app, nItems, size) {
  const last = Math.max(0, Math.ceil(nItems / size) - 1);
  const asked = Number.parseInt(app.route.params.get("page") ?? "1", 10) - 1;
  return Math.min(Math.max(asked || 0, 0), last);
}

function Pager({ app, nItems, size }) {
  const nPages = Math.ceil(nItems / size);
  const page = pageOf(app, nItems, size);
  if (nPages < 2) {
    return null;
  }
  const step = (to, label, rel) =>
    to < 0 || to >= nPages || to === page
      ? html`<span class="quiet" aria-hidden="true">${label}</span>`
      : html`<a rel=${rel} href=${app.href({ params: { page: to === 0 ? null : to + 1 } })}
          >${label}</a
        >`;
  return html`
    <nav class="pager" aria-label="Страницы списка">
      ${step(0, "Первая")} ${step(page - 1, "← Назад", "prev")}
      <span>
        Страница ${wholeNumber.format(page + 1)} из${"\u00a0"}${wholeNumber.format(nPages)}
      </span>
      ${step(page + 1, "Дальше →", "next")} ${step(nPages - 1, "Последняя")}
    </nav>
  `;
}

/** What to say where filters or a search leave nothing, with the way back. */
function Nothing({ app, children }) {
  return html`
    <div class="nothing">
      <p>${children}</p>
      ${
        isFiltered(app.route.filters) &&
        html`<p><a href=${app.href({ filters: NO_FILTERS })}>Снять все фильтры</a></p>`
      }
    </div>
  `;
}

/** Day, outlet and topic of an article in a line. */
function ArticleFacts({ app, row }) {
  const { store } = app;
  const day = store.articles.day[row];
  const [topic] = topicsOf(store, row);
  return html`
    <p class="facts">
      ${day ? html`<time datetime=${day}>${dayText(day)}</time>` : html`<span>без даты</span>`}
      ${outletOf(store, row) !== null && html`<span>${outletOf(store, row)}</span>`}
      ${topic !== undefined && html`<${TopicMark} app=${app} topic=${topic} />`}
    </p>
  `;
}

function ArticleLink({ app, row, children }) {
  const { store } = app;
  const href = app.href({ view: "article", id: store.articles.id[row], params: null });
  return html`<a class="title" href=${href}>${children ?? titleOf(store, row)}</a>`;
}

/** Sentences with marked mentions, as nodes. */
function Sentence({ app, sentence, focused = null }) {
  return sentence.map((part) =>
    typeof part === "string"
      ? part
      : html`<${Mention} app=${app} mention=${part} focused=${part[1] === focused} />`,
  );
}

/**
 * A mention in its text: coloured and labelled by type, with its normal form and entity in a tip.
 * @param {{mention: [string, number, string, string, string]}} props
 */
function Mention({ app, mention: [text, entity, type, normal, role], focused }) {
  const { entities } = app.store;
  const name = entities.name[entity];
  const tip = [
    normal,
    name !== undefined && name !== normal ? name : null,
    TYPE_LABELS[type]?.one,
    FUNCTION_LABELS[role],
  ];
  const facts = {
    class: `mention ${TYPES.includes(type) ? type : ""} ${focused ? "focused" : ""} ${role === "content" ? "" : "aside"}`,
    "data-tip": tip.filter(Boolean).join(" · "),
  };
  const label = html`<span class="label">${` ${TYPE_LABELS[type]?.short ?? ""}`}</span>`;
  return name === undefined
    ? html`<span tabindex="0" ...${facts}>${text}${label}</span>`
    : html`<a
        href=${app.href({ view: "entity", id: entities.id[entity], params: null })}
        ...${facts}
        >${text}${label}</a
      >`;
}

const FUNCTION_LABELS = { credit: "источник сообщения", notice: "примечание" };

/** The tip of whatever is hovered or focused and has `data-tip`; Escape closes it. */
function Tip() {
  const [shown, setShown] = useState(null);
  const tip = useRef(null);
  useEffect(() => {
    let owner = null;
    const close = () => {
      owner?.removeAttribute("aria-describedby");
      owner = null;
      setShown(null);
    };
    const open = ({ target }) => {
      const found = target.closest?.("[data-tip]");
      if (!found || found === owner) {
        return;
      }
      close();
      owner = found;
      owner.setAttribute("aria-describedby", "tip");
      setShown({ text: owner.dataset.tip, box: boxOf(owner) });
    };
    const leave = ({ target, relatedTarget }) => {
      const inside = relatedTarget?.closest?.("[data-tip], #tip");
      if (target.closest?.("[data-tip], #tip") && inside !== owner && inside?.id !== "tip") {
        close();
      }
    };
    // Focus from the keyboard scrolls: the tip goes along.
    const follow = () => owner && setShown({ text: owner.dataset.tip, box: boxOf(owner) });
    const handlers = {
      mouseover: open,
      focusin: open,
      mouseout: leave,
      focusout: leave,
      scroll: follow,
      hashchange: close,
      keydown: (event) => event.key === "Escape" && close(),
    };
    Object.entries(handlers).forEach(([name, handler]) => addEventListener(name, handler));
    return () =>
      Object.entries(handlers).forEach(([name, handler]) => removeEventListener(name, handler));
  }, []);
  preactHooks.useLayoutEffect(() => {
    if (shown) {
      placeBeside(tip.current, shown.box);
    }
  }, [shown]);
  return html`<div id="tip" role="tooltip" ref=${tip} hidden=${!shown}>${shown?.text}</div>`;
}

/** Of a mention over two lines, the box of the first. */
const boxOf = (element) => element.getClientRects()[0] ?? element.getBoundingClientRect();

/** Puts a box under another, or over it where there is no room, and inside the window. */
function placeBeside(element, box) {
  const { width, height } = element.getBoundingClientRect();
  const margin = 8;
  const left = Math.min(box.left, document.documentElement.clientWidth - width - margin);
  const below = box.bottom + 4;
  const top = below + height + margin > innerHeight ? box.top - height - 4 : below;
  element.style.left = `${Math.max(margin, left)}px`;
  element.style.top = `${Math.max(margin, top)}px`;
}
