"""Which country an article is about."""

import pytest

ABOUT = """
Грузины и грузинки проголосовали на выборах в Тбилиси. | GE
Самый дорогой груз она отвезла первым. | -
Караван с грузами пришёл утром. | -
Российские учёные вернулись в Москву. | RU
Токаев принял послов в столице Казахстана. | KZ
Того, кто опоздал, не пустили. | -
Послы собрались в Астане. | KZ
Послы собрались в Лондоне. | GB
Послы собрались в Риге. | LV
Послы собрались в риге. | -
Виктория собрала послов. | -
"""
CASES = [tuple(line.split(" | ")) for line in ABOUT.strip().splitlines()]


@pytest.mark.parametrize(("text", "country"), CASES)
def test_country(annotator, text, country):
    found = annotator.annotate(text).articles["country"]
    assert found.fillna("-").tolist() == [country]
