// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Messages that ask for and give block headers. Plain structs; the codec is behind message.h. Source: BIP130.
#pragma once

#include <cstdint>
#include <vector>

#include <kepeng/primitives/block_header.h>

namespace kepeng::wire {

// Where the asker's chain is: hashes from its tip down, and the last block that is wanted (null: as many as fit).
struct BlockLocator {
  std::uint32_t version = 0;  // nobody reads it
  std::vector<BlockHash> hashes;
  BlockHash stop;
};

struct GetBlocks {
  BlockLocator locator;
};
struct GetHeaders {
  BlockLocator locator;
};

// On the wire each has a number of transactions behind it, which is zero and means nothing.
struct Headers {
  std::vector<BlockHeader> headers;
};

struct SendHeaders {};

}  // namespace kepeng::wire
