// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Amounts in sentences for people. Private to mempool.
#pragma once

#include <string>

#include <kepeng/primitives/amount.h>

namespace kepeng::mempool {

// At least two decimals, no zeros behind those.
std::string money(Amount amount);

}  // namespace kepeng::mempool
