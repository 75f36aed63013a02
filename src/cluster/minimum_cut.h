// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The part of a set that pays most above the set's average. Private to cluster.
#pragma once

#include <optional>

#include <kepeng/cluster/graph.h>

namespace kepeng::cluster {

// Of all parts of `within` that hold everything inside it that they spend, the smallest of those whose fee exceeds by
// most what their size would pay at the average rate of `within`; empty if none exceeds it. `work` counts steps;
// nothing once it passes `work_max`.
std::optional<Members> best_part(const Graph& graph, Members within, std::uint64_t& work, std::uint64_t work_max);

}  // namespace kepeng::cluster
