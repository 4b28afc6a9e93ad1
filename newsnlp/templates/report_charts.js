/* Charts over time, drawn by Chart.js; each has its figures in a table below. */

const { h, render } = preact;
const { useEffect, useMemo, useRef, useState } = preactHooks;
const html = htm.bind(h);

// Distinct for readers with any kind of colour vision: Okabe and Ito's, and one of Tol's. Black
// and yellow are left out, which are lost on a dark and on a light page; the last is grey.
const HUES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999933"];
const OTHER_HUE = "#83888f";
const WITHOUT_HUE = "#b9bcc2";

const topicHue = (group) => HUES[group] ?? (group === WITHOUT_TOPIC ? WITHOUT_HUE : OTHER_HUE);

/** A colour or font of the page's style. */
const styled = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Whether the reader's system is dark: charts are drawn again when it changes. */
function useDark() {
  const query = useMemo(() => matchMedia("(prefers-color-scheme: dark)"), []);
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const follow = () => setDark(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  return dark;
}

// As pale as `newsnlp.plot` draws periods that are not whole.
const PALE = "73";

function chartConfig({ axis, labels, series, format, onBin }) {
  const font = { family: styled("--sans"), size: 12 };
  const scale = {
    border: { color: styled("--line") },
    grid: { color: styled("--line"), drawTicks: false },
    ticks: { color: styled("--muted"), font, padding: 6 },
  };
  return {
    type: "bar",
    data: {
      labels: binLabels(axis, { short: true }),
      datasets: series.map(({ label, values, colour }) => ({
        label,
        data: Array.from(values),
        backgroundColor: labels.map((_, bin) => (axis.isPartial(bin) ? colour + PALE : colour)),
        hoverBackgroundColor: colour,
        // A thin line of the page's colour tells neighbours in a stack apart without their hues.
        borderColor: styled("--surface"),
        borderWidth: labels.length > 60 ? 0 : { top: 1 },
        barPercentage: 1,
        categoryPercentage: labels.length > 60 ? 1 : 0.86,
        maxBarThickness: 72,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      onClick: (_event, elements) => elements.length && onBin(elements[0].index),
      scales: {
        x: {
          ...scale,
          stacked: true,
          grid: { display: false },
          ticks: { ...scale.ticks, maxRotation: 0, autoSkipPadding: 18 },
        },
        y: {
          ...scale,
          stacked: true,
          beginAtZero: true,
          border: { display: false },
          ticks: { ...scale.ticks, precision: 0, maxTicksLimit: 6, callback: format },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          backgroundColor: styled("--ink"),
          titleColor: styled("--page"),
          bodyColor: styled("--page"),
          titleFont: font,
          bodyFont: font,
          boxPadding: 4,
          filter: (item) => item.parsed.y > 0,
          callbacks: {
            title: ([item]) => item && withPartial(axis, labels[item.dataIndex], item.dataIndex),
            label: (item) => ` ${item.dataset.label}: ${format(item.parsed.y)}`,
          },
        },
      },
    },
  };
}

/**
 * Bars over time with a legend and a table of the same figures.
 * @param {{axis: object, series: {label: string, values: ArrayLike<number>, colour: string}[],
 *     title: string, format?: (value: number) => string, hrefOfBin: (bin: number) => string}} props
 */
function TimeChart({ axis, series, title, format = (n) => wholeNumber.format(n), hrefOfBin }) {
  const canvas = useRef(null);
  const dark = useDark();
  const labels = useMemo(() => binLabels(axis), [axis]);
  useEffect(() => {
    const onBin = (bin) => {
      location.hash = hrefOfBin(bin);
    };
    const chart = new Chart(canvas.current, chartConfig({ axis, labels, series, format, onBin }));
    return () => chart.destroy();
  }, [axis, series, dark]);
  return html`
    <figure class="chart">
      <p class="quiet">${shortDay.formatRange(...axis.days.map(dateOf))}</p>
      <div class="canvas">
        <canvas ref=${canvas} role="img" aria-label=${`${title}. ${described(labels, series)}`} />
      </div>
      ${
        series.length > 1 &&
        html`<figcaption>
          <ul class="legend" aria-label="Цвета тем">
            ${series.map(
              ({ label, colour }) =>
                html`<li key=${label}>
                  <span class="swatch" style=${{ background: colour }} />${label}
                </li>`,
            )}
          </ul>
        </figcaption>`
      }
      <${ChartNotes} axis=${axis} />
      <${ChartTable} ...${{ axis, labels, series, title, format, hrefOfBin }} />
    </figure>
  `;
}

/** A bin's label that says where the bin is not whole. */
function withPartial(axis, label, bin) {
  return axis.isPartial(bin) ? `${label}, ${UNITS[axis.unit].partial[0]}` : label;
}

/** What a chart shows otherwise than as it is, or not at all. */
function ChartNotes({ axis }) {
  const { unit, size, nUndated, far, isPartial } = axis;
  const nPartial = Array.from({ length: size }, (_, bin) => isPartial(bin)).filter(Boolean).length;
  const { partial, pick } = UNITS[unit];
  const notes = [
    size > 1 && `Нажмите на столбик, чтобы отобрать ${pick}; с клавиатуры — по ссылкам в таблице.`,
    nPartial === 1 && `Бледный столбик — ${partial[0]}: данные есть не за все дни.`,
    nPartial > 1 && `Бледные столбики — ${partial[1]}: данные есть не за все дни.`,
    nUndated > 0 && `Без даты, и потому не на графике: ${counted(nUndated, "article")}.`,
    far.length > 0 &&
      `Слишком далеко от остальных, и потому не на графике: ${counted(far.length, "article")}, ${shortDay.formatRange(dateOf(far[0]), dateOf(far.at(-1)))}`,
  ];
  return html`<p class="quiet">${notes.filter(Boolean).join(" ")}</p>`;
}

/** A chart in one sentence: its span and its highest bar. */
function described(labels, series) {
  const totals = labels.map((_, bin) => series.reduce((sum, { values }) => sum + values[bin], 0));
  const highest = totals.indexOf(Math.max(...totals));
  const span = labels.length > 1 ? `${labels[0]} – ${labels.at(-1)}` : labels[0];
  return `${span}; больше всего: ${labels[highest]}, ${oneDecimal.format(totals[highest])}. Все числа — в таблице под графиком.`;
}

/** The figures behind a chart; from here the keyboard gets to what a click on a bar does. */
function ChartTable({ axis, labels, series, title, format, hrefOfBin }) {
  const [open, setOpen] = useState(false);
  return html`
    <details class="figures" onToggle=${(event) => setOpen(event.currentTarget.open)}>
      <summary>Числа таблицей</summary>
      ${
        open &&
        html`<div class="scroll" tabindex="0" role="region" aria-label=${`Таблица: ${title}`}>
          <table>
            <caption class="unseen">
              ${title}
            </caption>
            <thead>
              <tr>
                <th scope="col">${UNITS[axis.unit].noun}</th>
                ${series.map(({ label }) => html`<th scope="col" class="number" key=${label}>${label}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${labels.map(
                (label, bin) =>
                  html`<tr key=${label}>
                    <th scope="row">
                      <a href=${hrefOfBin(bin)}>${label}</a
                      >${axis.isPartial(bin) && `, ${UNITS[axis.unit].partial[0]}`}
                    </th>
                    ${series.map(({ values }) => html`<td class="number">${format(values[bin])}</td>`)}
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>`
      }
    </details>
  `;
}
