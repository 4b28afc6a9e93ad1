from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsnlp.dates import parse_dates
from newsnlp.errors import OptionError

FETCHED = datetime(2025, 11, 24, 17, 4)

# as it stands in the data => UTC => the day in Moscow
ABSOLUTE = """
2024/05/06                          => 2024-05-05 21:00:00 => 2024-05-06
07:05 20.10.2023                    => 2023-10-20 04:05:00 => 2023-10-20
20.10.2023 07:05                    => 2023-10-20 04:05:00 => 2023-10-20
20.10.2023, 7:05:30                 => 2023-10-20 04:05:30 => 2023-10-20
20.10.23                            => 2023-10-19 21:00:00 => 2023-10-20
04/12/2024                          => 2024-12-03 21:00:00 => 2024-12-04
2024-04-12 23:15:00                 => 2024-04-12 20:15:00 => 2024-04-12
2024-04-12T23:15:00+05:00           => 2024-04-12 18:15:00 => 2024-04-12
2024-04-12T23:15:00Z                => 2024-04-12 23:15:00 => 2024-04-13
2024-04-12 23:15 +0500              => 2024-04-12 18:15:00 => 2024-04-12
20240412                            => 2024-04-11 21:00:00 => 2024-04-12
12 апреля 2024 23:15                => 2024-04-12 20:15:00 => 2024-04-12
12 апреля 2024 г. в 23:15           => 2024-04-12 20:15:00 => 2024-04-12
12 апр. 2024, 23:15                 => 2024-04-12 20:15:00 => 2024-04-12
12 апреля 2024 года                 => 2024-04-11 21:00:00 => 2024-04-12
пятница, 12 апреля 2024, 23:15      => 2024-04-12 20:15:00 => 2024-04-12
17:04, 24 Ноябрь 2025 | GMT +5      => 2025-11-24 12:04:00 => 2025-11-24
5 декабря 2023, 14:00 (мск)         => 2023-12-05 11:00:00 => 2023-12-05
Mon, 20 Nov 2023 10:00:00 +0500     => 2023-11-20 05:00:00 => 2023-11-20
Mon, 20 Nov 2023 22:00:00 GMT       => 2023-11-20 22:00:00 => 2023-11-21
April 12, 2024 10:15 PM             => 2024-04-12 19:15:00 => 2024-04-12
1713000000                          => 2024-04-13 09:20:00 => 2024-04-13
1713000000123                       => 2024-04-13 09:20:00.123 => 2024-04-13
"""

# What tells no day, month and year, or no day that there is, is missing, with `fetched` or not.
MISSING = [
    "", " ", "нет даты", "23:15", "апрель 2024", "2024", "12 апреля", "понедельник",
    "2024-02-30", "31 июня 2024", "12/25/2024", "20.10.2023 25:00", "0001-01-01",
    "неделю назад", "год назад", "1 1 1", "в " * 5000, None, float("nan"), pd.NaT, pd.NA, 7,
]  # fmt: skip

# as it stands in the data => UTC, for a page fetched at 17:04 on 24 November 2025 in Moscow
RELATIVE = """
Вчера 23:54         => 2025-11-23 20:54
вчера в 10:15       => 2025-11-23 07:15
Сегодня, 12:26      => 2025-11-24 09:26
2 часа назад        => 2025-11-24 12:04
2 часа ago          => 2025-11-24 12:04
5 мин назад         => 2025-11-24 13:59
3 дня ago           => 2025-11-20 21:00
вчера               => 2025-11-22 21:00
"""


def table(text):
    lines = text.strip().splitlines()
    return [tuple(cell.strip() for cell in line.split(" => ")) for line in lines]


def parse_one(value, **options):
    times, days = parse_dates([value], **{"timezone": "Europe/Moscow"} | options)
    return times[0], days[0]


@pytest.mark.parametrize(("text", "expected", "day"), table(ABSOLUTE))
def test_absolute(text, expected, day):
    assert parse_one(text) == (np.datetime64(expected, "us"), np.datetime64(day, "s"))


@pytest.mark.parametrize("fetched", [None, FETCHED])
def test_missing(fetched):
    times, days = parse_dates(MISSING, timezone="Europe/Moscow", fetched=fetched)
    assert [value for value, time in zip(MISSING, times, strict=True) if not np.isnat(time)] == []
    assert np.isnat(days).all()


@pytest.mark.parametrize(("text", "expected"), table(RELATIVE))
def test_relative(text, expected):
    assert np.isnat(parse_one(text)).all(), "without a time of fetching it is no date"
    time, day = parse_one(text, fetched=FETCHED)
    assert time == np.datetime64(expected, "us")
    assert day == (time + np.timedelta64(3, "h")).astype("datetime64[D]")


def test_fetched_in_another_zone():
    fetched = datetime(2025, 11, 24, 22, 30, tzinfo=UTC)  # already the 25th in Almaty
    _, day = parse_one("Сегодня, 00:10", timezone="Asia/Almaty", fetched=fetched)
    assert day == np.datetime64("2025-11-25")


@pytest.mark.parametrize(
    "value",
    [
        datetime(2024, 4, 12, 10),
        datetime(2024, 4, 12, 7, tzinfo=UTC),
        pd.Timestamp("2024-04-12 10:00:00.000000001"),
        pd.Timestamp("2024-04-12 12:00", tz="Asia/Almaty"),
        np.datetime64("2024-04-12T10:00"),
    ],
)
def test_values_that_are_times(value):
    assert parse_one(value) == (np.datetime64("2024-04-12T07:00"), np.datetime64("2024-04-12"))


def test_a_date_is_local_midnight():
    expected = np.datetime64("2024-04-11T21:00"), np.datetime64("2024-04-12")
    assert parse_one(date(2024, 4, 12)) == expected


def test_a_day_is_that_of_the_zone():
    for zone, day in {"Europe/Moscow": "2024-04-12", "Asia/Vladivostok": "2024-04-13"}.items():
        assert parse_one("2024-04-12T18:00:00Z", timezone=zone)[1] == np.datetime64(day)


def test_dtypes_also_of_nothing():
    for values in ([], ["2024-04-12"]):
        times, days = parse_dates(values, timezone="UTC")
        assert (times.dtype, days.dtype) == ("datetime64[us]", "datetime64[s]")
        assert times.shape == days.shape == (len(values),)


@pytest.mark.parametrize("name", ["Europe/Moskow", "", "../etc/passwd", "МСК", None, 3])
def test_unknown_zone(name):
    with pytest.raises(OptionError, match="IANA"):
        parse_dates([], timezone=name)


def test_fetched_is_a_time():
    with pytest.raises(OptionError, match="datetime"):
        parse_dates([], timezone="UTC", fetched="вчера")


@given(
    st.datetimes(
        min_value=datetime(2, 1, 1), max_value=datetime(9999, 12, 30), timezones=st.timezones()
    )
)
@settings(deadline=None)
def test_isoformat_comes_back(at):
    expected = np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")
    assert parse_one(at.isoformat())[0] == parse_one(at)[0] == expected


DATE_LIKE = st.text(alphabet="0123456789 .:,/-+TZ|()аgoвчераднямсgмтutc", max_size=40)


@given(st.lists(st.one_of(st.text(), DATE_LIKE), max_size=5))
@settings(deadline=None, max_examples=200)
def test_no_text_raises(texts):
    for fetched in (None, FETCHED):
        times, days = parse_dates(texts, timezone="Asia/Almaty", fetched=fetched)
        assert (np.isnat(times) == np.isnat(days)).all()
