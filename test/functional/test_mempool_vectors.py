# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
"""Recorded scenarios of acceptance and policy: every answer is the reference's."""

import json
import lzma

import pytest
from framework import Node, RpcError, shared

SCENARIOS = ["accept", "dust", "package_limits", "sigoplimit", "spend_coinbase", "truc"]
BY_NATURE = {"time", "usage", "loaded", "fullrbf", "warnings", "mempool_sequence"}


def comparable(value):
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items() if key not in BY_NATURE}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value


def same(method, expected, got):
    expected, got = comparable(expected), comparable(got)
    if method == "getrawmempool" and isinstance(expected, list):
        return sorted(expected) == sorted(got)
    return expected == got


def answer_of(node, method, params):
    positional, named = (params, {}) if isinstance(params, list) else (params.get("args", []), params)
    try:
        return {"result": node.call(method, *([] if named else positional), **named)}
    except RpcError as error:
        return {"error": {"code": error.code, "message": error.message}}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name):
    path = shared(f"vectors/mempool/{name}.jsonl.xz")
    if path is None:
        pytest.skip("the shared set vectors/mempool is absent")
    differing = []
    calls = 0
    with Node() as node:
        for number, line in enumerate(lzma.open(path, "rt")):
            step = json.loads(line)
            if "start" in step:
                if node.process:
                    node.stop()
                node.start(*step["start"])
            elif "block" in step:
                assert node.submitblock(step["block"]) == step.get("result"), number
            elif "mocktime" in step:
                node.setmocktime(step["mocktime"])
            else:
                calls += 1
                got = answer_of(node, step["method"], step["params"])
                kind = "result" if "result" in step else "error"
                if kind not in got or not same(step["method"], step[kind], got[kind]):
                    differing.append((number, step["method"], step[kind], got))
    assert calls > 5
    assert not differing, f"{len(differing)} of {calls}: " + "\n".join(str(one)[:1500] for one in differing[:5])
