// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// What goes when something else comes in its place: how much of it there may be, and what it paid. Private to mempool.
#pragma once

#include <optional>
#include <span>
#include <string>

#include <kepeng/mempool/entry.h>

namespace kepeng::mempool {

// For each cluster that loses a member another one has to be put in order, which takes time.
inline constexpr std::size_t kConflictingClustersMax = 100;

// Nothing if they are few enough; the detail of the refusal of `newcomer` otherwise.
std::optional<std::string> too_many_clusters(const Txid& newcomer, std::span<const Entry* const> conflicts);
Amount modified_fees(std::span<const Entry* const> entries);

}  // namespace kepeng::mempool
