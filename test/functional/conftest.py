# Copyright (c) 2026 The kepeng developers
# SPDX-License-Identifier: MIT
import pytest

from framework import Node


@pytest.fixture
def node():
    """A node that has not been started."""
    with Node() as fresh:
        yield fresh
