"""What is remembered changes no answer and stays within its bound."""

from hypothesis import given
from hypothesis import strategies as st

from newsnlp.caches import Remembered


@given(keys=st.lists(st.integers(0, 20)), most=st.integers(2, 12))
def test_answers_are_those_of_the_function_and_bounded(keys, most):
    asked = []
    squares = Remembered(lambda key: asked.append(key) or key * key, most)
    for key in keys:
        assert squares[key] == key * key
        assert len(squares) + len(squares._older) <= most
    if len(set(keys)) <= most // 2:
        assert sorted(asked) == sorted(set(keys))


def test_what_is_asked_for_again_and_again_is_never_forgotten():
    asked = []
    squares = Remembered(lambda key: asked.append(key) or key * key, 8)
    for key in range(1, 100):
        assert squares[0] == 0
        squares[key]
    assert asked.count(0) == 1
