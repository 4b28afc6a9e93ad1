/* The page: reads the core of its data, follows the address, and draws the view that it asks for. */

const VIEW_PARTS = {
  overview: Overview,
  names: Names,
  entity: Entity,
  articles: Articles,
  article: Article,
  unknown: Unknown,
};
const SECTIONS = [
  ["overview", "Обзор"],
  ["names", "Имена"],
  ["articles", "Статьи"],
];
const SECTION_OF = { entity: "names", article: "articles" };

/** What parts are handed: the data, what is selected of them, and ways to other addresses. */
function appOf(store, route, selection) {
  const href = ({ view = route.view, id = route.id, filters = route.filters, params = {} }) => {
    const query = {};
    if (view === route.view && id === route.id && params !== null) {
      Object.assign(query, Object.fromEntries(route.params));
    }
    if (filters !== route.filters) {
      delete query.page;
    }
    return hrefOf(store, { view, id, filters, params: { ...query, ...params } });
  };
  const go = (to, { replace = false } = {}) => {
    if (replace) {
      location.replace(href(to));
    } else {
      location.hash = href(to);
    }
  };
  const filterWords = () => {
    const { topics, outlets, from, to } = route.filters;
    return [
      ...Array.from(topics, (topic) => store.core.topics[topic]?.label ?? "без-темы"),
      ...Array.from(outlets, (outlet) => store.core.outlets[outlet] ?? "без-издания"),
      from === to ? from : [from ?? "", to ?? ""].join("–"),
    ].slice(0, 6);
  };
  return { store, route, selection, href, go, filterWords };
}

function useHash() {
  const [hash, setHash] = useState(currentHash);
  useEffect(() => {
    const follow = () => setHash(currentHash());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return hash;
}

function App({ store }) {
  const hash = useHash();
  const route = useMemo(() => routeOf(store, hash), [hash]);
  const filterKey = String(filterParams(store, route.filters));
  const selection = useMemo(() => select(store, route.filters), [filterKey]);
  const app = appOf(store, route, selection);
  const View = VIEW_PARTS[route.view];
  useOpened(route, hash);
  // Effects of charts, which draw them, have run by then.
  useEffect(() => {
    document.documentElement.dataset.ready = "true";
  }, []);
  return html`
    <a class="skip" href="#main" onClick=${toMain}>К содержанию</a>
    <header>
      <a class="brand" href=${app.href({ view: "overview", params: null })}>${store.core.title}</a>
      <nav aria-label="Разделы">
        <ul>
          ${SECTIONS.map(
            ([view, label]) =>
              html`<li key=${view}>
                <a
                  href=${app.href({ view, params: null })}
                  aria-current=${currentSection(route.view, view)}
                  >${label}</a
                >
              </li>`,
          )}
        </ul>
      </nav>
    </header>
    <${Filters} app=${app} />
    <main id="main" tabindex="-1">
      <${View} app=${app} key=${`${route.view} ${route.id}`} />
    </main>
    <footer>
      <p>
        ${store.core.made && `Последняя статья — ${dayText(store.core.made)}; `}newsnlp${" "}
        ${store.core.version}.${" "} Имена, темы и ключевые слова найдены программой и могут быть
        ошибочны.
      </p>
    </footer>
    <${Tip} />
  `;
}

function currentSection(shown, view) {
  if (shown === view) {
    return "page";
  }
  return SECTION_OF[shown] === view ? "true" : undefined;
}

/** The skip link: an address of its own would leave the view. */
function toMain(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

const placesLeft = new Map();
let clicked = false;
addEventListener("click", ({ target }) => {
  clicked = Boolean(target.closest?.("a[href]"));
});
addEventListener("scroll", () => placesLeft.set(currentHash(), scrollY), { passive: true });

/** Another view or page of a list: title, focus and place are those of a page just opened. */
function useOpened(route, hash) {
  const opened = `${route.view} ${route.id} ${route.params.get("page")}`;
  const last = useRef(opened);
  preactHooks.useLayoutEffect(() => {
    const heading = document.getElementById("heading");
    document.title = `${heading.textContent} — ${document.querySelector(".brand").textContent}`;
    const forward = clicked;
    clicked = false;
    if (last.current === opened) {
      return;
    }
    last.current = opened;
    // Who types into a field goes on typing.
    if (!document.activeElement?.matches("input, select")) {
      heading.focus({ preventScroll: true });
    }
    scrollTo(0, forward ? 0 : (placesLeft.get(hash) ?? 0));
  }, [hash]);
}

/** Says in the page itself what keeps it from opening. */
function refuse(text) {
  const paragraph = document.createElement("p");
  paragraph.className = "warning";
  paragraph.setAttribute("role", "alert");
  paragraph.textContent = text;
  document.getElementById("loading").replaceWith(paragraph);
  document.getElementById("main").removeAttribute("aria-busy");
}

async function start() {
  if (!("DecompressionStream" in globalThis)) {
    refuse(
      "Этот браузер не умеет распаковывать данные отчёта. Откройте файл в свежем браузере: " +
        "Chrome или Edge от версии 93, Firefox от 113, Safari от 16.4.",
    );
    return;
  }
  try {
    const store = storeOf(await readBlock("core"));
    store.topicOptions = lazily(() => topicOptions(store));
    store.outletOptions = lazily(() => outletOptions(store));
    history.scrollRestoration = "manual";
    const app = document.getElementById("app");
    app.replaceChildren();
    render(html`<${App} store=${store} />`, app);
    // The first search need not wait for what it reads, where the browser has nothing else to do.
    globalThis.requestIdleCallback?.(store.nameKeys);
  } catch (error) {
    console.error(error);
    if (document.getElementById("loading")) {
      refuse("Данные отчёта не читаются: похоже, файл повреждён или сохранён не целиком.");
    }
  }
}

start();
