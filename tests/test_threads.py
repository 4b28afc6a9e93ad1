"""Several annotators at once: equal results, and BLAS as it was before."""

import gc
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
from threadpoolctl import threadpool_info, threadpool_limits

from newsnlp import Annotator

TEXTS = ["Токаев прибыл в Минск на саммит ОДКБ.", "ЦБ сохранил ключевую ставку."] * 20


def blas_threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_threads(annotator):
    annotators = [annotator, annotator, Annotator(), annotator]
    with threadpool_limits(2, "blas"):
        before = blas_threads()
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda each: each.annotate(TEXTS).mentions, annotators))
        assert blas_threads() == before
    for result in results[1:]:
        pd.testing.assert_frame_equal(result, results[0])


def test_garbage_is_collected_again_afterwards(annotator):
    assert gc.isenabled()
    annotator.annotate("Токаев прибыл в Минск.")
    assert gc.isenabled()
    gc.disable()
    try:
        annotator.annotate("Токаев прибыл в Минск.")
        assert not gc.isenabled()
    finally:
        gc.enable()
