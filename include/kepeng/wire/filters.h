// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Filters in both directions: Bloom filters that a light client sets (BIP37) and block filters that it fetches
// (BIP157). Plain structs; the codec is behind message.h.
#pragma once

#include <cstdint>
#include <vector>

#include <kepeng/primitives/block_filter.h>

namespace kepeng::wire {

// Whether a filter grows by the outpoints of what it matches.
enum class BloomUpdate : std::uint8_t { None = 0, All = 1, PubkeyOnly = 2 };

struct FilterLoad {
  Bytes bits;
  std::uint32_t functions = 0;
  std::uint32_t tweak = 0;
  std::uint8_t flags = 0;
};
struct FilterAdd {
  Bytes element;
};
struct FilterClear {};

using FilterType = std::uint8_t;
inline constexpr FilterType kBasicFilter = 0;

struct GetCFilters {
  FilterType type = kBasicFilter;
  std::uint32_t start_height = 0;
  BlockHash stop;
};
struct CFilter {
  FilterType type = kBasicFilter;
  BlockHash block;
  Bytes filter;
};
struct GetCFHeaders {
  FilterType type = kBasicFilter;
  std::uint32_t start_height = 0;
  BlockHash stop;
};
struct CFHeaders {
  FilterType type = kBasicFilter;
  BlockHash stop;
  FilterHeader previous;
  std::vector<FilterHash> hashes;
};
struct GetCFCheckpt {
  FilterType type = kBasicFilter;
  BlockHash stop;
};
struct CFCheckpt {
  FilterType type = kBasicFilter;
  BlockHash stop;
  std::vector<FilterHeader> headers;
};

}  // namespace kepeng::wire
