"""Times of publication: as they stand in the data -> UTC and the local calendar day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from newsnlp.errors import OptionError
from newsnlp.fields import is_missing
from newsnlp.tables import read_table

Times = npt.NDArray[np.datetime64]
# A naive datetime is local; None is no date.
_Parser = Callable[[str], datetime | None]

# A text longer than any date is no date, and would only cost time.
_LONGEST = 100
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,6})\d*)?)?"
_YEAR_FIRST = r"(?P<year>\d{4})[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})"
_DAY_FIRST = r"(?P<day>\d{1,2})[-./](?P<month>\d{1,2})[-./](?P<year>\d{4})"
_NAMED = r"(?P<day>\d{1,2})\s+(?P<word>[а-яё]+)\.?,?\s+(?P<year>\d{4})"
_AFTER = r"(?:\s*(?:г\.?|года))?(?:(?:,|\s|\s*\|)\s*(?:в\s+)?" + _TIME + ")?"
_BEFORE = _TIME + r"(?:,|\s)\s*"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for date_form in (_YEAR_FIRST, _DAY_FIRST, _NAMED)
    for form in (date_form + _AFTER, _BEFORE + date_form)
)
_ISO = re.compile(r"\d{4}-?\d\d-?\d\d(?:[T ]\d.*)?")
_EPOCH = re.compile(r"(\d{10})(\d{3})?")
_EPOCH_START = datetime(1970, 1, 1, tzinfo=UTC)
# «+03:00» right after a time, or «GMT +5», «(мск)» at the end.
_OFFSET = re.compile(
    r"(?P<rest>.*?)[\s,|(]*(?:(?<=:\d\d)\s?|(?:gmt|utc)\s?)"
    r"(?P<sign>[-+−])(?P<hours>\d\d?):?(?P<minutes>\d\d)?\)?",
    re.IGNORECASE,
)
_ZONE_WORD = re.compile(r"(?P<rest>.*?)[\s,|(]+(?P<word>[^\W\d_]+)\)?")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def parse_dates(
    values: Iterable[object], *, timezone: str, fetched: datetime | None = None
) -> tuple[Times, Times]:
    """Read times of publication.

    Days come before months («04/12/2024» is in December); a date without a time is local midnight;
    one without a day, a month or a year is missing, as is all that is no date.

    Args:
        values: Strings, datetimes or dates; None, NaN and NaT are missing.
        timezone: IANA name of the zone of times that name none, such as "Europe/Moscow".
        fetched: When the pages were fetched, in `timezone` if it names no zone: needed for «Вчера
            23:54» and «3 дня назад», which are missing without it. Steps longer than a day are
            missing too, since they tell no day.

    Returns:
        Times in UTC (datetime64[us]) and days in `timezone` (datetime64[s]), of shape (values,);
        missing is NaT.

    Raises:
        OptionError: `timezone` is no known zone, or `fetched` no datetime.

    Example:
        >>> times, days = parse_dates(["12 апреля 2024 23:15", "Вчера"], timezone="Asia/Almaty")
        >>> times.astype(str).tolist(), days.astype("datetime64[D]").astype(str).tolist()
        (['2024-04-12T18:15:00.000000', 'NaT'], ['2024-04-12', 'NaT'])
    """
    zone = zone_of(timezone)
    by_library = _library_parser(_local(fetched, zone))
    read: dict[str, datetime | None] = {}
    times: list[datetime | None] = []
    for value in values:
        if isinstance(value, str):
            if value not in read:
                read[value] = _localised(_parse(value, by_library), zone)
            times.append(read[value])
        else:
            times.append(_localised(_as_datetime(value), zone))
    utc = [at and at.astimezone(UTC).replace(tzinfo=None) for at in times]
    days = [at and at.date() for at in times]
    return (
        np.array(utc, dtype="datetime64[us]"),
        np.array(days, dtype="datetime64[D]").astype("datetime64[s]"),
    )


def zone_of(name: str) -> ZoneInfo:
    """Find the time zone of an IANA name.

    Raises:
        OptionError: There is no zone of that name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, TypeError, AttributeError, OSError) as error:
        raise OptionError(
            f"timezone is {name!r}: it takes an IANA name, such as 'Europe/Moscow' or 'Asia/Almaty'"
        ) from error


def _local(fetched: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Read the time of fetching as a clock in the zone shows it."""
    if fetched is None:
        return None
    local = _localised(_as_datetime(fetched), zone)
    if local is None:
        raise OptionError(f"fetched is {fetched!r}: it takes a datetime")
    return local.replace(tzinfo=None)


def _localised(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Move a time into the zone; None where the calendar ends before it gets there."""
    if at is None:
        return None
    try:
        in_utc = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        return in_utc.astimezone(zone)
    except (OverflowError, ValueError):
        return None


def _as_datetime(value: object) -> datetime | None:
    if is_missing(value):
        return None
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, pd.Timestamp):
        at: datetime = value.to_pydatetime(warn=False)
        return at
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value if isinstance(value, datetime) else None


def _parse(text: str, by_library: _Parser) -> datetime | None:
    """Read the time that a text says, with the zone that it names."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if _ISO.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # a zone's name, or more, stands behind the time
    if epoch := _EPOCH.fullmatch(text):
        return _EPOCH_START + timedelta(seconds=int(epoch[1]), milliseconds=int(epoch[2] or 0))
    rest, zone = _split_zone(text)
    for form in _FORMS:
        if (match := form.fullmatch(rest)) and (month := _month(match)):
            at = _from_parts(match, month)
            break
    else:
        at = by_library(rest)
    return at.replace(tzinfo=zone) if at and zone else at


def _split_zone(text: str) -> tuple[str, tzinfo | None]:
    """Take the zone off the end of a text."""
    if match := _OFFSET.fullmatch(text):
        offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
        if offset < timedelta(hours=24):
            return match["rest"], timezone(offset if match["sign"] == "+" else -offset)
    if match := _ZONE_WORD.fullmatch(text):
        name = _words("zone").get(match["word"].casefold())
        if name is not None:
            return match["rest"], zone_of(name)
    return text, None


def _month(match: re.Match[str]) -> int | None:
    """Read the month of a date; None for a name that only the library may know."""
    parts = match.groupdict()
    number = parts.get("month") or _words("month").get((parts.get("word") or "").casefold())
    return int(number) if number else None


def _from_parts(match: re.Match[str], month: int) -> datetime | None:
    """Make the date that a form has taken apart; None where there is no such day or hour."""
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    microsecond = int((match["fraction"] or "").ljust(6, "0"))
    try:
        return datetime(
            int(match["year"]), month, int(match["day"]), hour, minute, second, microsecond
        )
    except ValueError:
        return None


def _library_parser(fetched: datetime | None) -> _Parser:
    """dateparser, for dates in other words, and for relative ones where `fetched` is known."""

    @cache
    def parser() -> Any:
        from dateparser.date import DateDataParser  # noqa: PLC0415  0.1 s that few sources need

        settings: dict[str, Any] = {
            "DATE_ORDER": "DMY",
            "REQUIRE_PARTS": ["day", "month", "year"],
            "RETURN_TIME_AS_PERIOD": True,
            # Without a time of fetching the library would count from now.
            "PARSERS": ["absolute-time"],
        }
        if fetched is not None:
            settings |= {"PARSERS": ["relative-time", "absolute-time"], "RELATIVE_BASE": fetched}
        return DateDataParser(languages=["ru", "en"], settings=settings)

    def parse(text: str) -> datetime | None:
        if _CYRILLIC.search(text):
            text = _WORD.sub(lambda word: _words("reword").get(word[0].casefold(), word[0]), text)
        try:
            found = parser().get_date_data(text)
        except Exception:  # the library promises nothing for texts that are no dates
            return None
        at = cast(datetime | None, found.date_obj)
        if at is None or found.period not in ("day", "time"):
            return None
        return (
            at if found.period == "time" else at.replace(hour=0, minute=0, second=0, microsecond=0)
        )

    return parse


@cache
def _words(kind: str) -> dict[str, str]:
    """Word -> value, for the words of one kind."""
    return {
        word: value
        for word, row_kind, value, *_ in read_table("date_words.tsv")
        if row_kind == kind
    }
