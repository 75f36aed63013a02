// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Locators: a few hashes that let a peer find where our chains part. Pure functions.
#pragma once

#include <vector>

#include <kepeng/chain/entry.h>

namespace kepeng::chain {

// The entry, its ten predecessors, then ever larger steps back to genesis.
std::vector<BlockHash> make_locator(const Entry* from);

}  // namespace kepeng::chain
