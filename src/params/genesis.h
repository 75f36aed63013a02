// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The first block of each network, built from the few numbers that differ. Private to params.
#pragma once

#include <kepeng/primitives/block.h>

namespace kepeng::params {

struct GenesisNumbers {
  std::uint32_t time;
  std::uint32_t nonce;
  std::uint32_t bits;
};

// Message and key of January 2009.
BlockPtr make_genesis(const GenesisNumbers& numbers);
// testnet4 has a message and a key of its own.
BlockPtr make_testnet4_genesis(const GenesisNumbers& numbers);

}  // namespace kepeng::params
