// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What a long walk over the coins tells the log, and when it stops: the client went away, or the node is stopping.
// Private to rpc.
#pragma once

#include <string>

#include <kepeng/coins/coin_walk.h>
#include <kepeng/rpc/method.h>

namespace kepeng::rpc {

// `context` outlives it. Lines look like "Calculating statistics of the coins: 10%".
coins::WalkProgress progress_for(const Context& context, std::string doing);

}  // namespace kepeng::rpc
