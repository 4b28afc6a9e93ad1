/* The bar of filters that every view has: what is chosen here acts on all that is counted. */

const MOST_OPTIONS = 200;
const SEARCHED_FROM = 12;

function Filters({ app }) {
  const [open, setOpen] = useState(false);
  const { store, route } = app;
  const { filters } = route;
  const count = filterChips(app).length;
  const set = (changes) => app.go({ filters: { ...filters, ...changes } });
  return html`
    <section class="filters" aria-label="Фильтры">
      <button
        type="button"
        class="unfold"
        aria-expanded=${String(open)}
        aria-controls="filter-controls"
        onClick=${() => setOpen(!open)}
      >
        Фильтры${count ? ` (${count})` : ""}
      </button>
      <div id="filter-controls" class=${open ? "controls open" : "controls"}>
        <${Several}
          label="Тема"
          all="все темы"
          chosen=${filters.topics}
          options=${store.topicOptions()}
          onChange=${(topics) => set({ topics })}
        />
        <${Several}
          label="Издание"
          all="все издания"
          chosen=${filters.outlets}
          options=${store.outletOptions()}
          onChange=${(outlets) => set({ outlets })}
        />
        <${PeriodEnd} app=${app} name="from" label="Период: с" all="начала" set=${set} />
        <${PeriodEnd} app=${app} name="to" label="по" all="конец" set=${set} />
      </div>
      <${Chips} app=${app} />
      <p class="selected" role="status">
        ${
          isFiltered(filters)
            ? `Отобрано: ${countedOf(app.selection.rows.length, store.nArticles)}`
            : `Все статьи: ${wholeNumber.format(store.nArticles)}`
        }
      </p>
    </section>
  `;
}

/** Topics as options: index, label; and «без темы» where some article has none. */
function topicOptions(store) {
  const options = store.core.topics.map(({ label }, index) => [index, label]);
  const without = store.articles.topic.some((topics) => topics.length === 0);
  return without ? [...options, [NO_VALUE, "Без темы"]] : options;
}

function outletOptions(store) {
  const options = store.core.outlets.map((name, index) => [index, name]);
  const without = store.articles.outlet.includes(NO_VALUE);
  return without ? [...options, [NO_VALUE, "Без издания"]] : options;
}

/** Boxes to tick in a panel that unfolds. */
function Several({ label, all, chosen, options, onChange }) {
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const details = useRef(null);
  useEffect(() => {
    if (!open) {
      return undefined;
    }
    const leave = ({ target }) => {
      if (!details.current.contains(target)) {
        details.current.open = false;
      }
    };
    const escape = (event) => {
      if (event.key === "Escape") {
        details.current.open = false;
        details.current.querySelector("summary").focus();
      }
    };
    const element = details.current;
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    element.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", leave);
      document.removeEventListener("focusin", leave);
      element.removeEventListener("keydown", escape);
    };
  }, [open]);
  const words = wordsOf(query);
  const found = options.filter(([, name]) => hasWords(searchKey(name), words));
  const tick = (value) => {
    const values = new Set(chosen);
    if (!values.delete(value)) {
      values.add(value);
    }
    onChange(values);
  };
  const [only] = chosen;
  const names = new Map(options);
  const summary = [all, names.get(only)][chosen.size] ?? `выбрано: ${chosen.size}`;
  return html`
    <details
      class="several"
      ref=${details}
      onToggle=${(event) => setOpen(event.currentTarget.open)}
    >
      <summary><span class="name">${label}:</span> <span class="value">${summary}</span></summary>
      ${
        open &&
        html`<fieldset class="panel">
          <legend class="unseen">${label}</legend>
          ${
            options.length > SEARCHED_FROM &&
            html`<input
              type="search"
              aria-label=${`${label}: найти в списке`}
              placeholder="Найти в списке"
              value=${query}
              onInput=${(event) => setQuery(event.currentTarget.value)}
            />`
          }
          <div class="options">
            ${found.slice(0, MOST_OPTIONS).map(
              ([value, name]) =>
                html`<label key=${value}>
                  <input
                    type="checkbox"
                    checked=${chosen.has(value)}
                    onChange=${() => tick(value)}
                  />
                  <span>${name}</span>
                </label>`,
            )}
          </div>
          ${found.length === 0 && html`<p class="quiet">Ничего не найдено.</p>`}
          ${
            found.length > MOST_OPTIONS &&
            html`<p class="quiet">
              Показаны первые ${MOST_OPTIONS} из ${wholeNumber.format(found.length)}: уточните
              поиск.
            </p>`
          }
        </fieldset>`
      }
    </details>
  `;
}

/**
 * First or last month, or the day that a bar has set; months that would leave nothing between the
 * two cannot be chosen.
 */
function PeriodEnd({ app, name, label, all, set }) {
  const { filters } = app.route;
  const { monthNames } = app.store;
  const change = (event) => set({ [name]: event.currentTarget.value || null });
  const chosen = filters[name] ?? "";
  const periods =
    !chosen || monthNames.includes(chosen) ? monthNames : [...monthNames, chosen].sort();
  const isEmpty = (period) => {
    const { from, to } = { ...filters, [name]: period };
    return period !== chosen && from && to && periodDays(from)[0] > periodDays(to)[1];
  };
  return html`
    <span class="month">
      <label class="name" for=${name}>${label}</label>
      <select id=${name} value=${chosen} onChange=${change}>
        <option value="">${all}</option>
        ${periods.map(
          (period) =>
            html`<option key=${period} value=${period} disabled=${Boolean(isEmpty(period))}>
              ${periodText(period)}
            </option>`,
        )}
      </select>
    </span>
  `;
}

/** What is filtered by, each with the filters that are left without it. */
function filterChips({ store, route }) {
  const { filters } = route;
  const { topics, outlets, from, to, unknown } = filters;
  const chips = [];
  for (const topic of topics) {
    const label = store.core.topics[topic]?.label ?? "без темы";
    chips.push([`Тема: ${label}`, toggled(filters, "topics", topic)]);
  }
  for (const outlet of outlets) {
    const label = store.core.outlets[outlet] ?? "не указано";
    chips.push([`Издание: ${label}`, toggled(filters, "outlets", outlet)]);
  }
  if (from && from === to) {
    chips.push([periodText(from), { ...filters, from: null, to: null }]);
  } else {
    if (from) chips.push([`Начало: ${periodText(from)}`, { ...filters, from: null }]);
    if (to) chips.push([`Конец: ${periodText(to)}`, { ...filters, to: null }]);
  }
  for (const pair of unknown) {
    const rest = unknown.filter((other) => other !== pair);
    chips.push([`Такого в отчёте нет: ${pair[1]}`, { ...filters, unknown: rest }]);
  }
  return chips;
}

function Chips({ app }) {
  const chips = filterChips(app);
  if (!chips.length) {
    return null;
  }
  const remove = (filters) => {
    app.go({ filters });
    // The button that had the focus is gone: keyboards go on from the bar.
    const controls = [...document.querySelectorAll(".filters .unfold, .filters summary")];
    controls.find((control) => control.offsetParent)?.focus();
  };
  return html`
    <ul class="chips" aria-label="Выбранные фильтры">
      ${chips.map(
        ([label, filters]) =>
          html`<li key=${label}>
            ${label}
            <button
              type="button"
              aria-label=${`Снять фильтр «${label}»`}
              onClick=${() => remove(filters)}
            >
              ×
            </button>
          </li>`,
      )}
      <li class="all">
        <button type="button" onClick=${() => remove(NO_FILTERS)}>Снять все</button>
      </li>
    </ul>
  `;
}
